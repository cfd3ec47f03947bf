"""Databases of faces, as their own pages distribute them and as they are passed around."""

from __future__ import annotations

import bz2

from .files import each, pictures
from .rows import CHOOSE, Right, Row, error, faces, images

OTHER_SIZE = r"expected \d+ x \d+ pixels"

YALE_B = each("CroppedYale/yaleB{p:02}/yaleB{p:02}_P00A{a}.pgm", p=(1, 2, 11),
              a=("+000E+00", "-005E+10", "+050E-40", "+110E+65"))
YALE_B_TEXTS = dict.fromkeys(
    each("CroppedYale/yaleB{p:02}/yaleB{p:02}_P00.{e}", p=(1, 2, 11), e=("info", "LOG")), b"text\n")
AMBIENT = pictures(each("CroppedYale/yaleB{p:02}/yaleB{p:02}_P00_Ambient.pgm", p=(1, 2, 11)),
                   rows=20, columns=24)
BAD = "CroppedYale/yaleB11/yaleB11_P00A+050E-45.pgm.bad"
B_NAMES = "yaleB01|yaleB02|yaleB11"
CMU = each("faces/{p}/{p}_{d}_{e}_open{k}.pgm", p=("an2i", "bpm"), d=("left", "right"),
           e=("angry", "happy"), k=("",))
CMU_SMALL = {**pictures([name.replace(".pgm", "_2.pgm") for name in CMU], rows=6, columns=4),
             **pictures([name.replace(".pgm", "_4.pgm") for name in CMU], rows=4, columns=2)}
CK = pictures(each("cohn-kanade-images/S{p:03}/{s:03}/S{p:03}_{s:03}_{n:08}.png",
                   p=(5, 10, 11), s=(1, 2), n=(1, 2, 3)))
JAFFE = pictures(each("{p}.{e}{k}.{n}.tiff", p=("KA", "KL", "KM"), e=("AN", "HA"), k=(1, 2),
                      n=(39, 40)))
FERET = pictures([f"{p:05}_{shot}.ppm" for p in (1, 2, 3) for shot in
                  ("930831_fa_a", "930831_fb_a", "931230_fa")], colour=True)
FERET_NAMES = "00001|00002|00003"
UTK = pictures([f"{age}_{sex}_{race}_2017011618000{age % 10}{sex}{race}.jpg.chip.jpg"
                for age in (20, 21, 35) for sex in (0, 1) for race in (0, 2)], colour=True)
KDEF = [f"{s}{p}/{s}{p}{e}{a}.JPG" for s in "AB" for p in ("F01", "F02", "M01")
        for e in ("AN", "HA") for a in ("S", "FL")]
KDEF_FLAT = pictures([name.partition("/")[2] for name in KDEF])
RAFD = pictures(each("Rafd090_{p}_{e}_{g}.jpg", p=("01_Caucasian_female", "02_Caucasian_female",
                     "03_Caucasian_male"), e=("angry", "happy"), g=("frontal", "left")))
MUCT = pictures(each("jpg/i{p:03}{light}{camera}-{g}.jpg", p=(0, 1, 2), light="qr", camera="ab",
                     g=("fn",)))
CELEBA = pictures(each("img_align_celeba/{n:06}.jpg", n=range(1, 9)), colour=True)
IDENTITIES = "".join(f"{n:06}.jpg {2880 + n % 3}\n" for n in range(1, 9)).encode()

FACES = {
    "ORL": faces({**pictures(each("s{p}/{c}.pgm", p=(1, 2, 10), c=(1, 2, 10))), "README": b"ORL"},
                 "s1|s2|s10", 9),
    "ORL in one folder": faces(pictures(each("s{p}_{c}.pgm", p=(1, 2, 10), c=(1, 2, 10))),
                               "s1|s2|s10"),
    "Cohn-Kanade": faces(CK, "S005|S010|S011", note=CHOOSE),
    "Cohn-Kanade, sessions": images(CK, "001|002", label="folder:2"),
    "JAFFE": faces({**JAFFE, "README": b"text"}, "KA|KL|KM", 24, note=CHOOSE),
    "JAFFE, emotions": images(JAFFE, "AN|HA", label=r"\.([A-Z]{2})\d\."),
    "FERET": faces({f"{name[:5]}/{name}": data for name, data in FERET.items()}, FERET_NAMES),
    "FERET in one folder": faces(FERET, FERET_NAMES, note=CHOOSE),
    "FERET, compressed": faces({f"{name[:5]}/{name}.bz2": bz2.compress(data)
                                for name, data in FERET.items()}, FERET_NAMES, 9, r"(?i)bz2"),
    "UTKFace": Row(UTK, (CHOOSE, Right(("20", "21", "35"), 12, note=CHOOSE))),
    "UTKFace, men and women": images(UTK, "0|1", label=r"\d+_([01])_\d_"),
    "Extended Yale B": error(pictures(YALE_B) | YALE_B_TEXTS | AMBIENT,
                             rf"(?s)Ambient.*{OTHER_SIZE}.*exclude"),
    "Extended Yale B without Ambient": images(
        pictures(YALE_B) | YALE_B_TEXTS | AMBIENT, B_NAMES, 12, exclude=("*Ambient.pgm",)),
    "Extended Yale B, cleaned": faces(pictures(YALE_B) | YALE_B_TEXTS, B_NAMES, 12),
    "Extended Yale B with a bad file": faces({**pictures(YALE_B), **pictures([BAD])}, B_NAMES, 12,
                                             note=r"\.bad"),
    "Yale B in one folder": faces(pictures(name.rpartition("/")[2] for name in YALE_B), B_NAMES),
    "CMU faces": Row(pictures(CMU) | CMU_SMALL, (rf"(?s){OTHER_SIZE}.*exclude",)),
    "CMU faces, large": images(pictures(CMU) | CMU_SMALL, "an2i|bpm", 8,
                               exclude=("*_2.pgm", "*_4.pgm")),
    "CMU faces with a bad file": faces(
        pictures(CMU, ["faces/an2i/an2i_up_sad_open.bad"]), "an2i|bpm", 8, note=r"\.bad"),
    "UMIST": faces(pictures(each("{p}/face/{p}{c:03}.pgm", p=("1a", "1b", "1c"), c=range(4))),
                   "1a|1b|1c"),
    "UMIST in one folder": faces(pictures(each("{p}{c:03}.pgm", p=("1a", "1b", "1c"), c=range(4))),
                                 "1a|1b|1c"),
    "UMIST, cropped": faces(pictures(each("cropped/{p}/{p}{c:03}.pgm", p=("1a", "1b", "1c"),
                                          c=range(4))), "1a|1b|1c"),
    "LFW": faces(pictures(each("lfw/George_W_Bush/George_W_Bush_{c:04}.jpg", c=range(1, 7)),
                          ["lfw/Aaron_Eckhart/Aaron_Eckhart_0001.jpg"],
                          each("lfw/Zoran_Djindjic/Zoran_Djindjic_{c:04}.jpg", c=(1, 2))),
                 "George_W_Bush|Aaron_Eckhart|Zoran_Djindjic", note="one picture"),
    "LFW in one folder": faces(pictures(each("{p}_{c:04}.jpg", p=("Al_Gore", "George_W_Bush"),
                                             c=(1, 2))), "Al_Gore|George_W_Bush"),
    "AR": faces(pictures(each("{p}-{c:02}.bmp", p=("m-001", "m-002", "w-001"), c=(1, 2, 14))),
                "m-001|m-002|w-001"),
    "AR as distributed": error(dict.fromkeys(each("M-001-{c:02}.raw", c=(1, 2)), bytes(range(250))),
                               r"M-001-01\.raw.*expected a picture"),
    "FaceScrub": faces(pictures(each("{p}/{p}_{c}.jpg", p=("Al_Pacino", "Adam_Brody"),
                                     c=(7, 123))), "Al_Pacino|Adam_Brody"),
    "Georgia Tech": faces(pictures(each("gt_db/s{p:02}/{c:02}.jpg", p=(1, 2, 50), c=(1, 15))),
                          "s01|s02|s50"),
    "FEI": faces(pictures(each("{p}-{c:02}.jpg", p=(1, 2, 10), c=(1, 14))), "1|2|10"),
    "Faces94": faces(pictures([
        f"faces94/{folder}/{p}/{p}.{c}.jpg" for c in (1, 2) for folder, p in (
            ("female", "9336923"), ("female", "anpage"), ("male", "9326871"), ("male", "ajflem"))]),
                     "9336923|anpage|9326871|ajflem", note=CHOOSE),
    "Caltech faces": error({**pictures(each("image_{n:04}.jpg", n=range(1, 7))),
                            "ImageData.mat": b"", "README": b""}, CHOOSE),
    "MUCT": Row(MUCT, (CHOOSE, Right(("i000", "i001", "i002"), note=CHOOSE))),
    "MUCT, people": images(MUCT, "000|001|002", label=r"i(\d{3})"),
    # Its folders are a person in one of two sessions: F01 is in AF01 and BF01. No program can know.
    "KDEF": faces(pictures(KDEF), "AF01|AF02|AM01|BF01|BF02|BM01"),
    "KDEF, people": images(pictures(KDEF), "F01|F02|M01", label=r"[AB]([FM]\d\d)"),
    "KDEF in one folder": error(KDEF_FLAT, CHOOSE),
    "KDEF in one folder, emotions": images(KDEF_FLAT, "AN|HA", label=r"[FM]\d\d([A-Z]{2})"),
    "RaFD": Row(RAFD, (CHOOSE, Right(("01", "02", "03"), note=CHOOSE),
                       Right(("Rafd090_01", "Rafd090_02", "Rafd090_03"), note=CHOOSE))),
    "RaFD, people": images(RAFD, "01|02|03", label=r"Rafd\d+_(\d+)_"),
    "CelebA": faces({**CELEBA, "identity_CelebA.txt": IDENTITIES}, "2880|2881|2882", 8, CHOOSE,
                    note="identity_CelebA"),
    "CelebA without its table": error(CELEBA, CHOOSE),
    "CelebA, people": images({**CELEBA, "identity_CelebA.txt": IDENTITIES}, "2880|2881|2882", 8,
                             labels="identity_CelebA.txt"),
    "CK+48 in folders by emotion": faces(
        pictures(each("CK+48/{k}/S{p:03}_004_{c:08}.png", k=("anger", "fear"), p=(10, 11),
                      c=(17, 18))), "anger|fear"),
    "Multi-PIE": Row(pictures(each("{p:03}_01_01_{v}_{i:02}.png", p=(1, 2, 3), v=("051", "140"),
                                   i=(0, 7))),
                     (Right(("001", "002", "003"), note=CHOOSE),
                      Right(("001_01_01", "002_01_01", "003_01_01"), note=CHOOSE))),
    "SCface": faces(pictures(each("{p:03}_cam{c}_{d}.jpg", p=(1, 2, 130), c=(1, 2), d=(1, 2))),
                    "001|002|130", note=CHOOSE),
    "CASIA FaceV5": faces(pictures([f"CASIA-FaceV5 ({part})/{p}/{p}_{c}.bmp" for c in (0, 1) for
                                    part, p in (("000-099", "000"), ("000-099", "001"),
                                                ("100-199", "100"))], colour=True), "000|001|100",
                          note=CHOOSE),
    "Pins": faces(pictures(each("105_classes/pins_{p}/{p}{c}.jpg", p=("Adriana Lima", "Tom Ellis"),
                                c=("0_0", "101_212"))), "pins_Adriana Lima|pins_Tom Ellis"),
    "Georgia Tech, cropped": faces(pictures(each("s{p:02}_{c:02}.jpg", p=(1, 2, 50), c=(1, 15))),
                                   "s01|s02|s50"),
    # As CK+48: a folder is a class, whatever the names in it begin with.
    "FacePix": faces(pictures(each("{k}/Clip{p:02}_{k}_{a}.png", k=("pose", "light"), p=(1, 2, 30),
                                   a=(-10, 0, 86))), "pose|light"),
    "FacePix, people": images(pictures(each("{k}/Clip{p:02}_{k}_{a}.png", k=("pose", "light"),
                                            p=(1, 2, 30), a=(-10, 0, 86))), "Clip01|Clip02|Clip30",
                              label=r"Clip\d+"),
    "YouTube Faces": faces(pictures(each("{p}/{v}/{v}.{c}.jpg", p=("Aaron_Eckhart", "Al_Gore"),
                                         v=(0, 1, 2), c=(101, 102))), "Aaron_Eckhart|Al_Gore",
                           note=CHOOSE),
    "MIT-CBCL": Row(pictures(
        each("training-synthetic/{p:04}_{a}_0_0_15_0_1.pgm", p=range(3), a=(-4, 8)),
        each("test/{p:04}_{c:08}.pgm", p=range(3), c=range(2))),
        (Right(("0000", "0001", "0002"), 12, 6, CHOOSE), Right(("0000", "0001", "0002"), 12, 6),
         "training-synthetic")),
    "person/emotion/picture": faces(
        pictures(each("{p}/{e}/{p}_{e}_{c}.png", p=("anna", "bob", "carl"), e=("happy", "sad"),
                      c=(1, 2))), "anna|bob|carl", None, Right(("happy", "sad"), note=CHOOSE),
        note=CHOOSE),
    "emotion/person/picture": Row(
        pictures(each("{e}/{p}/{c}.png", p=("anna", "bob", "carl"), e=("happy", "sad"), c=(1, 2))),
        (Right(("happy", "sad"), note=CHOOSE), Right(("anna", "bob", "carl"), note=CHOOSE))),
}
