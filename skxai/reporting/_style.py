"""The style of the page: from phone to print, without a script."""

STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: #1c1c1c; line-height: 1.55;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif; }
main, header, footer { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .75rem; }
h2 { font-size: 1.35rem; line-height: 1.25; margin: 2.75rem 0 .75rem; padding-top: .9rem;
  border-top: 1px solid #d5d5d5; }
h3 { font-size: 1.05rem; margin: 1.75rem 0 .5rem; }
h1, h2, h3, p, li, summary, figcaption, code { overflow-wrap: anywhere; }
td, th { overflow-wrap: break-word; max-width: 18rem; }
p, ul { max-width: 46rem; margin: .6rem 0; }
.lead { font-size: 1.12rem; }
.note, figcaption, caption { color: #4a4a4a; font-size: .92rem; }
.short { background: #f3f6f9; border-left: 4px solid #005a9c; padding: .4rem 1rem; margin: 1rem 0;
  max-width: 48rem; }
.short h2 { border: 0; margin: .4rem 0; padding: 0; }
.short ul { padding-left: 1.1rem; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr));
  gap: 1rem 2rem; align-items: start; }
figure { margin: 1rem 0; max-width: 36rem; }
figure img { display: block; width: 100%; height: auto; }
.scroll { overflow-x: auto; margin: .9rem 0; }
.scroll:focus-visible, summary:focus-visible { outline: 3px solid #005a9c; outline-offset: 2px; }
table { border-collapse: collapse; font-size: .95rem; }
caption { text-align: left; padding-bottom: .35rem; min-width: 16rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .9rem .35rem 0;
  border-bottom: 1px solid #dedede; min-width: 4.5rem; }
thead th { border-bottom: 2px solid #8a8a8a; }
tbody th { font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
details { margin: .75rem 0; }
summary { cursor: pointer; color: #005a9c; padding: .3rem 0; }
.checks { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr));
  gap: 1rem; }
.check { border: 1px solid #d5d5d5; border-radius: .4rem; padding: .2rem 1rem .5rem; }
.check h3 { margin-top: .8rem; }
.verdict { font-weight: 600; }
.badge { display: inline-block; border-radius: .3rem; padding: 0 .5rem; margin-right: .45rem;
  border: 1px solid; }
.good { color: #1b5e20; background: #eaf5ea; }
.care { color: #6b4500; background: #fff4d9; }
.poor { color: #8b1a1a; background: #fdecec; }
.open { color: #404040; background: #f0f0f0; }
pre { background: #f6f6f6; border: 1px solid #dedede; border-radius: .3rem; padding: .7rem .9rem;
  white-space: pre-wrap; overflow-wrap: anywhere; font-size: .88rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.25rem; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
footer { padding-top: 1.5rem; padding-bottom: 2.5rem; }
@media (max-width: 34rem) {
  h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; }
  dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; }
}
@media print {
  @page { margin: 16mm 14mm; }
  html { font-size: 9.5pt; }
  main, header, footer { max-width: none; padding-left: 0; padding-right: 0; }
  h2, h3, caption { break-after: avoid; }
  figure, .check, tr { break-inside: avoid; }
  figure { max-width: 9.5cm; }
  .pictures, .checks { grid-template-columns: 1fr 1fr; gap: .5rem 1rem; }
  td, th { padding-top: .15rem; padding-bottom: .15rem; }
  .scroll { overflow: visible; }
  td, th { overflow-wrap: anywhere; min-width: 0; }
  summary { display: none; }
  details::details-content { content-visibility: visible; display: block; }
  .badge, .short { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
