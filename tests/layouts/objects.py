"""Objects, digits and letters as pictures in folders, with and without a given test part."""

from __future__ import annotations

from .files import each, moved, people, pictures
from .rows import CHOOSE, Right, Row, faces, images

CATS = pictures(each("train/{k}.{c}.jpg", k=("cat", "dog"), c=range(4)), colour=True)
FER = pictures(each("train/{k}/Training_{c}.jpg", k=("angry", "happy"), c=(12, 345, 6789)),
               each("test/{k}/PrivateTest_{c}.jpg", k=("angry", "happy"), c=(1, 23)))
KAGGLE_CIFAR = pictures(each("train/{n}.png", n=range(1, 9)), colour=True)
KAGGLE_LABELS = ("id,label\n" + "".join(f"{n},{('frog', 'truck')[n % 2]}\n" for n in range(1, 9))
                 ).encode()
CIFAR = pictures(each("train/{n}_{k}.png", n=range(4), k=("frog", "truck")),
                 each("test/{n}_{k}.png", n=range(2), k=("frog", "truck")), colour=True)
TINY = pictures(each("train/{k}/images/{k}_{c}.JPEG", k=("n01443537", "n01629819"), c=range(3)),
                each("val/images/val_{c}.JPEG", c=range(2)),
                each("test/images/test_{c}.JPEG", c=range(2)), colour=True)
TINY["val/val_annotations.txt"] = b"val_0.JPEG\tn01443537\t0\t32\t44\t62\n"
OMNIGLOT = pictures(f"images_background/{alphabet}/character{k:02}/{first + k:04}_{c:02}.png"
                    for alphabet, first in (("Greek", 390), ("Latin", 683), ("Futurama", 957))
                    for k in (1, 2) for c in (1, 2, 3))
MIXED = {**pictures(each("cat/{c}.jpg", c=range(3)), rows=10, columns=12),
         **pictures(each("dog/{c}.jpg", c=range(3)), rows=14, columns=8)}
SCENES = pictures(each("seg_train/seg_train/{k}/{c}.jpg", k=("buildings", "sea"), c=(0, 8, 90)),
                  each("seg_test/seg_test/{k}/{c}.jpg", k=("buildings", "sea"), c=(7, 9)))
VGG = pictures(each("train/n00000{p}/000{c}_01.jpg", p=(2, 3), c=range(1, 5)),
               each("test/n00000{p}/000{c}_01.jpg", p=(1, 9), c=range(1, 3)))

OBJECTS = {
    "ImageFolder": images(pictures(each("{s}/{k}/{s}{c}.png", s=("train", "test"),
                                        k=("cat", "dog"), c=range(3))), "cat|dog", 12, test=6),
    "ImageFolder with the same names": images(pictures(each(
        "{s}/{k}/{c}.png", s=("train", "test"), k=("cat", "dog"), c=range(3))), "cat|dog", test=6),
    "train, val and test": images(pictures(each(
        "chest_xray/{s}/{k}/{s}{c}.jpeg", s=("train", "val", "test"), k=("NORMAL", "PNEUMONIA"),
        c=range(2))), "NORMAL|PNEUMONIA", 12, Right(("NORMAL", "PNEUMONIA"), 12, 8, "val"), test=4,
        note="val"),
    "train and val": images(pictures(each("{s}/{k}/{c}.jpg", s=("train", "val"), k=("cat", "dog"),
                                          c=range(2))), "cat|dog", test=4),
    "train alone": images(pictures(each("train/{k}/{c}.jpg", k=("cat", "dog"), c=range(2))),
                          "cat|dog"),
    "a person called Test, with sessions": faces(
        pictures(each("{p}/{s:03}/{c}.png", p=("Anna", "Bob", "Test"), s=(1, 2), c=(1, 2))),
        "Anna|Bob|Test", note=CHOOSE),
    "emotion_person.png": faces(
        pictures(each("{e}_{p}.png", e=("happy", "sad"), p=("anna", "bob"))),
        "happy|sad", None, Right(("anna", "bob"), note=CHOOSE), note=CHOOSE),
    "a person called Test": faces(pictures(each("{p}/{c}.jpg", p=("Anna", "Bob", "Test"),
                                                c=range(3))), "Anna|Bob|Test"),
    "mnist_png": images(pictures(each("mnist_png/training/{k}/{c}.png", k=range(3), c=range(4)),
                                 each("mnist_png/testing/{k}/{c}.png", k=range(3), c=range(2))),
                        "0|1|2", 18, test=6),
    "train/anna and test/anna": Row(pictures(each("{s}/{p}/{s}_{c}.png", s=("train", "test"),
                                                  p=("anna", "bob"), c=range(4))),
                                    (Right(("anna", "bob"), 16, 8),)),
    "CIFAR-10 in folders": images(pictures(each("{s}/{k}/{c:04}.png", s=("train", "test"), k=(
        "airplane", "frog"), c=(1, 2)), colour=True), "airplane|frog", test=4, colour=True),
    "CIFAR-10 in one folder": Row(CIFAR, (Right(("frog", "truck"), 12, 4, CHOOSE), CHOOSE),
                                  {"size": None}),
    "CIFAR-10, classes": images(CIFAR, "frog|truck", test=4, label=r"\d_(\w+)\.png"),
    "CIFAR-10 of Kaggle": Row({**KAGGLE_CIFAR, "trainLabels.csv": KAGGLE_LABELS},
                              (CHOOSE, Right(("frog", "truck"), 8, note=CHOOSE)), {"size": None}),
    "CIFAR-10 of Kaggle, labels": images({**KAGGLE_CIFAR, "trainLabels.csv": KAGGLE_LABELS},
                                         "frog|truck", 8, labels="trainLabels.csv"),
    "dogs and cats": images(CATS, "cat|dog"),
    "dogs and cats, unknown ones": Row(CATS | pictures(each("test1/{n}.jpg", n=range(1, 4))),
                                       ("test1|exclude", Right(("cat", "dog"), 8, note="test1")),
                                       {"size": None}),
    "dogs and cats, excluded": images(CATS | pictures(each("test1/{n}.jpg", n=range(1, 4))),
                                      "cat|dog", 8, exclude=("test1/*",)),
    "Oxford pets": images({**pictures(each("images/{k}_{c}.jpg", k=("Abyssinian", "Egyptian_Mau"),
                                           c=(1, 12))), "images/Abyssinian_100.mat": b"MATLAB",
                           "annotations/list.txt": b"text"}, "Abyssinian|Egyptian_Mau", 4),
    "Oxford flowers": Row({**pictures(each("jpg/image_{n:05}.jpg", n=range(1, 7))),
                           "imagelabels.mat": b"MATLAB"}, (CHOOSE,), {"size": None}),
    "Oxford flowers, labels": images(
        pictures(each("jpg/image_{n:05}.jpg", n=range(1, 7))), "77|3",
        labels={f"image_{n:05}.jpg": (77, 3)[n % 2] for n in range(1, 7)}),
    "FER2013 in folders": images(FER, "angry|happy", test=4),
    "Tiny ImageNet": Row(TINY, (r"val|test", Right(("n01443537", "n01629819"), 6, note=r"val")),
                         {"size": None}),
    "Tiny ImageNet, train": images(TINY, "n01443537|n01629819", 6, exclude=("val/*", "test/*")),
    "Omniglot": Row(OMNIGLOT, (Right(("Greek", "Latin", "Futurama"), note=CHOOSE),),
                    {"size": None}),
    "Omniglot, characters": images(
        OMNIGLOT, "|".join(each("{a}/character0{k}", a=("Greek", "Latin", "Futurama"), k=(1, 2))),
        label=r"\w+/character\d+"),
    "Fruits-360": images(pictures(each("{s}/{k}/{n}_100.jpg", s=("Training",), n=(0, 1, 2),
                                       k=("Apple Braeburn", "Apple Golden 1")),
                                  each("{s}/{k}/{n}_100.jpg", s=("Test",), n=(3, 4),
                                       k=("Apple Braeburn", "Apple Golden 1")), colour=True),
                         "Apple Braeburn|Apple Golden 1", 10, test=4),
    "PlantVillage": images(pictures(each("PlantVillage/{k}/0a1b-{c}___RS_HL {c}.JPG", c=(1, 22),
                                         k=("Tomato___Late_blight", "Pepper,_bell___healthy"))),
                           "Tomato___Late_blight|Pepper,_bell___healthy"),
    "EuroSAT": images(pictures(each("2750/{k}/{k}_{c}.jpg", k=("AnnualCrop", "SeaLake"), c=(1, 2))),
                      "AnnualCrop|SeaLake"),
    "notMNIST": images(pictures(each("notMNIST_small/{k}/{c}.png", k="ABJ", c=(
        "aGhhdC50dGY=", "MDEtMDEtMDAudHRm", "QmFk_bad-"))), "A|B|J"),
    "15 scenes": images(pictures(each("{k}/image_{c:04}.jpg", k=("bedroom", "CALsuburb"),
                                      c=(1, 2))), "bedroom|CALsuburb"),
    "15 scenes, numbered": images(pictures(each("{k:02}/{c}.jpg", k=(0, 1, 14), c=(1, 2))),
                                  "00|01|14"),
    "Caltech-101": images(pictures(each("101_ObjectCategories/{k}/image_{c:04}.jpg", c=(1, 2), k=(
        "accordion", "BACKGROUND_Google"))), "accordion|BACKGROUND_Google"),
    "other sizes": images(MIXED, "cat|dog", size=8, note=r"resized"),
    "Intel scenes": Row(SCENES, (Right(("buildings", "sea"), 10, 4), Right(
        ("buildings", "sea"), 10, note=CHOOSE)), {"size": None}),
    "Intel scenes with its unknown ones": Row(
        SCENES | pictures(each("seg_pred/seg_pred/{c}.jpg", c=(5, 6))),
        (r"seg_pred", Right(("buildings", "sea"), 10, 4, "seg_pred")), {"size": None}),
    "train, test and another": Row(
        pictures(each("{s}/{k}/{c}.png", s=("train", "test", "old"), k=("cat", "dog"), c=(1, 2))),
        (r"old", Right(("cat", "dog"), 8, 4, "old")), {"size": None}),
    "GTSRB": images(pictures(each("Train/{k}/{k:05}_{c:05}_00029.png", k=(0, 1, 42), c=(0, 1))),
                    "0|1|42"),
    "VGGFace2": Row(VGG, (Right(("n000001", "n000002", "n000003", "n000009"), note="test"),
                          r"test"), {"size": None}),
    "NIST, by class": images(pictures(
        each("by_class/{k}/hsf_0/hsf_0_{n:05}.png", k=("30", "31", "4a"), n=(0, 1)),
        each("by_class/{k}/train_{k}/train_{k}_{n:05}.png", k=("30", "31", "4a"), n=(0, 1))),
        "30|31|4a", note=CHOOSE),
    "COIL-20": images(pictures(each("obj{k}__{c}.png", k=(1, 2, 20), c=(0, 10))),
                      "obj1|obj2|obj20"),
    "CBCL": images(pictures(each("{s}/face/face{n:05}.pgm", s=("train",), n=range(3)),
                            each("{s}/non-face/B1_{n:05}.pgm", s=("train",), n=range(3)),
                            each("{s}/face/cmu_{n:04}.pgm", s=("test",), n=range(2)),
                            each("{s}/non-face/cmu_{n:04}.pgm", s=("test",), n=range(2))),
                   "face|non-face", 10, test=4),
    "CIFAR-100 in folders": images(pictures([
        f"{s}/{k}/{s}_{c}.png" for s in ("train", "test") for c in (1, 2) for k in (
            "fish/shark", "fish/trout", "people/baby", "people/girl")]), "shark|trout|baby|girl",
        16, Right(("fish", "people"), 16, 8, CHOOSE), test=8, note=CHOOSE),
    "birds": images(pictures(each("CUB/images/{k}/{k}_{c:04}_796111.jpg", c=(1, 2), k=(
        "001.Black_footed_Albatross", "002.Laysan_Albatross"))),
        "001.Black_footed_Albatross|002.Laysan_Albatross"),
    "brain tumours": images(pictures(
        each("Training/{k}/Tr-{c:04}.jpg", k=("glioma", "notumor"), c=range(3)),
        each("Testing/{k}/Te-{c:04}.jpg", k=("glioma", "notumor"), c=range(2))), "glioma|notumor",
        test=4),
    "flower photos": images({**pictures(each("flower_photos/{k}/{c}_a.jpg", k=("roses", "tulips"),
                                             c=(10, 12))), "flower_photos/LICENSE.txt": b"text"},
                            "roses|tulips", 4),
    "a folder twice": images({**moved(people(), "cells/"), **moved(people(), "cells/cells/")},
                             "p0|p1|p2", 12, Right(
        ("cells", "p0", "p1", "p2"), 24, note=CHOOSE), note="copy"),
    "letters in two cases": images(pictures(each("{k}/{c}.png", k=("a", "A", "b"), c=(1, 2))),
                                   "a|A|b"),
}
