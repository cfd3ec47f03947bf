"""The report's style sheet: one column, light or dark like the reader's screen, also for print."""

STYLE = """\
:root {
  color-scheme: light dark;
  --paper: #fdfdfc; --ink: #1f2328; --quiet: #5b636d; --line: #d9dce0; --tile: #f1f3f5;
  --link: #0b5cad;
}
@media (prefers-color-scheme: dark) {
  :root { --paper: #17191c; --ink: #e6e7e9; --quiet: #a2a9b2; --line: #3a3f46; --tile: #22262b;
          --link: #7db7ee; }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 64rem;
  background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.6 system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif;
  overflow-wrap: break-word;
}
h1 { margin: 0 0 1.5rem; font-size: clamp(1.5rem, 5vw, 2.1rem); line-height: 1.2;
     text-wrap: balance; }
h2 { margin: 0 0 .8rem; font-size: 1.3rem; line-height: 1.3; }
p { max-width: 42rem; margin: 0 0 1rem; }
a { color: var(--link); text-underline-offset: .15em; }
section { margin-top: 2.5rem; padding-top: 2rem; border-top: 1px solid var(--line); }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .75rem;
         margin: 0 0 1.5rem; }
.tiles div { display: flex; flex-direction: column-reverse; justify-content: flex-end;
             padding: .7rem .9rem; border-radius: .4rem; background: var(--tile); }
.tiles dt { color: var(--quiet); font-size: .85rem; line-height: 1.35; }
.tiles dd { margin: 0; font-size: 1.45rem; font-weight: 600; line-height: 1.3;
            font-variant-numeric: tabular-nums; }
nav ol { margin: 0; padding-left: 1.6rem; columns: 18rem; column-gap: 2rem; }
figure { margin: 1.25rem 0; }
img { display: block; max-width: 100%; height: auto; background: #fff; border-radius: .3rem; }
figcaption, caption { max-width: 42rem; margin-top: .6rem; color: var(--quiet); font-size: .9rem;
                      line-height: 1.5; text-align: left; }
caption { margin: 0 0 .4rem; }
.scroll { overflow-x: auto; margin: 1.25rem 0; }
pre { overflow-x: auto; margin: 1rem 0; padding: .8rem 1rem; border-radius: .4rem;
      background: var(--tile); font: .85rem/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); text-align: left;
         vertical-align: top; }
td { max-width: 32rem; overflow-wrap: break-word; }
tr:has(td:nth-child(5)) td { max-width: 14rem; }
th { color: var(--quiet); font-weight: 600; vertical-align: bottom; }
.number { text-align: right; white-space: nowrap; }
th.number { white-space: normal; }
@page { margin: 18mm 15mm; }
@media print {
  :root { color-scheme: light; --paper: #fff; --ink: #000; --quiet: #444; --line: #bbb;
          --tile: #f3f3f3; --link: #000; }
  body { padding: 0; max-width: none; font-size: 10pt; line-height: 1.45; }
  section { margin-top: 1.2rem; padding-top: 1rem; }
  figure, p, tr, .tiles div { break-inside: avoid; }
  h2, p:has(+ figure), caption { break-after: avoid; }
  thead { display: table-header-group; }
  img { max-height: 175mm; width: auto; }
  .scroll { overflow: visible; }
}
"""
