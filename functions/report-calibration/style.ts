/** The style of the page: one column that is read on a phone, light or dark as the reader has it, and printed in black on white. */
export const STYLE = `
:root { color-scheme: light dark; --back: #fff; --text: #1b2129; --faint: #57606b; --line: #d3d8de; --raised: #f4f6f8; --link: #1558b0;
  --good: #1a6b35; --warn: #7d4e00; --bad: #a8231b; --good-back: #dcf2e2; --warn-back: #fcebc8; --bad-back: #fbdedb; }
@media (prefers-color-scheme: dark) {
  :root { --back: #14181d; --text: #e4e8ed; --faint: #a2abb6; --line: #39414b; --raised: #1e242b; --link: #85b8ff;
    --good: #86dba0; --warn: #f2c46b; --bad: #ff9d94; --good-back: #173a24; --warn-back: #443207; --bad-back: #4d1d19; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0.5rem 0; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 0.75rem; border-bottom: 2px solid var(--line); }
h3 { font-size: 1.1rem; margin: 0 0 0.75rem; }
p, ul { margin: 0.5rem 0; max-width: 48rem; }
a { color: var(--link); }
nav a { display: inline-block; padding: 0.25rem 0.75rem 0.25rem 0; }
.summary { font-size: 1.1rem; }
article { border: 1px solid var(--line); border-radius: 0.5rem; padding: 1rem; margin: 1rem 0; }
.table { overflow-x: auto; margin: 1rem 0; position: relative; }
table { border-collapse: collapse; width: 100%; font-size: 0.875rem; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
caption { text-align: left; font-weight: 600; padding: 0.25rem 0; }
th, td { min-width: 5rem; text-align: left; vertical-align: top; padding: 0.3rem 0.75rem 0.3rem 0; border-bottom: 1px solid var(--line); }
thead th { color: var(--faint); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 500; }
td:last-child { min-width: 14rem; padding-right: 0; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 16rem), 1fr)); gap: 0.5rem 1.5rem; margin: 0.5rem 0; }
dt { color: var(--faint); font-size: 0.8rem; }
dd { margin: 0; }
code { font: 0.875em ui-monospace, monospace; }
.long { font-size: 0.75rem; }
.badge { display: inline-block; padding: 0 0.5rem; border-radius: 0.75rem; border: 1px solid currentColor; font-size: 0.8rem; font-weight: 600;
  white-space: nowrap; color: var(--faint); }
.badge.good { color: var(--good); background: var(--good-back); }
.badge.warn { color: var(--warn); background: var(--warn-back); }
.badge.bad { color: var(--bad); background: var(--bad-back); }
.master { display: flex; flex-wrap: wrap; gap: 1rem; }
.master > div { flex: 1 1 20rem; min-width: 0; }
.master dl { font-size: 0.9rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 14rem), 1fr)); }
figure { margin: 0; min-width: 0; }
figure img { max-width: 100%; height: auto; display: block; background: var(--raised); }
figcaption { font-size: 0.8rem; color: var(--faint); }
.nothing { width: 15rem; padding: 3rem 1rem; background: var(--raised); color: var(--faint); text-align: center; }
.verdict { font-weight: 600; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: 1.5rem; margin: 1rem 0; }
.plots svg { max-width: 100%; height: auto; }
summary { cursor: pointer; padding: 0.25rem 0; }
.limits rect.good { fill: var(--good-back); stroke: none; }
.limits rect.warn { fill: var(--warn-back); }
.limits rect.bad { fill: var(--bad-back); }
.limits .value { stroke: var(--text); stroke-width: 2; }
:target { outline: 2px solid var(--link); outline-offset: 2px; }
@media (max-width: 40rem) {
  body { padding: 0.75rem; }
  article { padding: 0.75rem; }
  dl { gap: 0.25rem; }
  dl > div { display: grid; grid-template-columns: 6.5rem 1fr; gap: 0.5rem; }
}
@media print {
  :root { color-scheme: light; --back: #fff; --text: #000; --faint: #333; --line: #999; --link: #000;
    --good: #000; --warn: #000; --bad: #000; --good-back: #fff; --warn-back: #fff; --bad-back: #fff; }
  body { max-width: none; padding: 0; font-size: 0.8rem; }
  nav { display: none; }
  .table { overflow: visible; }
  tr, figure { break-inside: avoid; }
  article { border: none; padding: 0; }
  details::details-content { content-visibility: visible; }
}
`;
