#include "tools/report/html_text.h"

namespace leadpulse::report {

const char kStyleSheet[] = R"css(
:root {
  color-scheme: light dark;
  --page: #fcfcfb; --card: #ffffff; --ink: #1b1b1a; --quiet: #5f5e5a; --line: #e2e1dc;
  --strong: #256abf; --soft: #b7d3f6; --machine: #f0c49a; --heat-rgb: 42 120 214; --note: #fdf3dc;
  --t0: #0d366b; --t1: #1c5cab; --t2: #3987e5; --t3: #6da7ec; --t4: #9ec5f4; --t5: #cde2fb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #1a1a19; --card: #232322; --ink: #f1f0ec; --quiet: #a9a8a2; --line: #3b3a38;
    --strong: #5598e7; --soft: #22406a; --machine: #7a5230; --heat-rgb: 85 152 231; --note: #3a3220;
    --t0: #cde2fb; --t1: #9ec5f4; --t2: #5598e7; --t3: #2a78d6; --t4: #1c5cab; --t5: #1b3f70;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1040px; margin: 0 auto; padding: 24px 20px 48px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 20px; margin: 32px 0 12px; overflow-wrap: anywhere; }
h3 { font-size: 16px; margin: 0 0 12px; }
h4 { font-size: 14px; margin: 18px 0 6px; }
p { margin: 6px 0; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 16px 18px; margin: 16px 0; }
.quiet { color: var(--quiet); font-size: 13px; }
.note { background: var(--note); border-radius: 6px; padding: 8px 12px; font-size: 14px; overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 10px; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; color: var(--quiet); font-size: 13px; overflow-wrap: anywhere; }
.tile b { display: block; font-size: 24px; line-height: 1.25; color: var(--ink); font-weight: 600; }
svg { display: block; width: 100%; height: auto; font-family: inherit; }
svg text { fill: var(--ink); font-size: 12px; }
svg .label { fill: var(--quiet); }
svg .end { text-anchor: end; }
svg .middle { text-anchor: middle; }
.strong { fill: var(--strong); background: var(--strong); }
.soft { fill: var(--soft); background: var(--soft); }
.machine { fill: var(--machine); background: var(--machine); }
.t0 { fill: var(--t0); background: var(--t0); } .t1 { fill: var(--t1); background: var(--t1); }
.t2 { fill: var(--t2); background: var(--t2); } .t3 { fill: var(--t3); background: var(--t3); }
.t4 { fill: var(--t4); background: var(--t4); } .t5 { fill: var(--t5); background: var(--t5); }
.area { stroke: var(--card); stroke-width: 1; stroke-linejoin: round; }
.grid { stroke: var(--line); } .axis { stroke: var(--quiet); }
.legend { font-size: 13px; color: var(--quiet); overflow-wrap: anywhere; }
.key { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-left: 10px; vertical-align: -1px; }
.key:first-child { margin-left: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--quiet); padding: 8px 0 4px; }
th, td { padding: 5px 8px; border-bottom: 1px solid var(--line); text-align: right; font-weight: 400; vertical-align: top; }
thead th { color: var(--quiet); vertical-align: bottom; }
th:first-child { text-align: left; padding-left: 0; overflow-wrap: anywhere; min-width: 90px; max-width: 260px; }
td { white-space: nowrap; }
.wide table { font-size: 12px; } .wide th, .wide td { padding: 4px 5px; }
small { color: var(--quiet); font-size: 12px; }
.track { display: inline-block; width: 160px; height: 10px; border-radius: 2px; background: var(--line); vertical-align: middle; overflow: hidden; }
.bar { display: block; height: 10px; border-radius: 2px; background: var(--strong); }
.heat { display: inline-block; min-width: 40px; padding: 0 6px; border-radius: 3px; background: rgb(var(--heat-rgb) / var(--heat)); }
.none { color: var(--quiet); }
details { margin-top: 8px; }
summary { cursor: pointer; color: var(--quiet); font-size: 13px; }
.meaning li { margin: 4px 0; font-size: 13px; }
.meaning h2 { margin: 0 0 8px; font-size: 16px; }
a { color: var(--strong); }
@media (max-width: 600px) { svg { min-width: 560px; } section { overflow-x: auto; } .track { width: 80px; } }
@page { size: A4; margin: 14mm; }
@media print {
  :root {
    color-scheme: light;
    --page: #ffffff; --card: #ffffff; --ink: #111111; --quiet: #4d4c49; --line: #d5d4cf;
    --strong: #256abf; --soft: #b7d3f6; --machine: #f0c49a; --heat-rgb: 42 120 214; --note: #fdf3dc;
    --t0: #0d366b; --t1: #1c5cab; --t2: #3987e5; --t3: #6da7ec; --t4: #9ec5f4; --t5: #cde2fb;
  }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { font-size: 11px; }
  main { max-width: none; padding: 0; }
  article + article { break-before: page; }
  section { border: 0; padding: 0; margin: 14px 0; }
  svg, tr, .tiles { break-inside: avoid; }
  h2, h3, h4, caption, thead { break-after: avoid; }
  .scroll { overflow: visible; }
  table, .wide table { font-size: 9px; }
  th, td, .wide th, .wide td { padding: 3px 3px; }
  th:first-child { min-width: 60px; }
  small { font-size: 8px; }
  .quiet, .legend, .note, .tile, .meaning li, summary { font-size: 10px; }
  .tiles { grid-template-columns: repeat(6, 1fr); }
  .tile b { font-size: 18px; }
  h1 { font-size: 22px; } h2 { font-size: 16px; } h3 { font-size: 13px; } h4 { font-size: 11px; }
  .track { width: 90px; }
  details:not([open]) { display: none; }
}
)css";

}  // namespace leadpulse::report
