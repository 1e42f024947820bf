"""The one style sheet of the page: light and dark, narrow and wide, on paper. It names no file and no font of the network."""

STYLE = """
:root{color-scheme:light dark;--page:#f4f6f9;--card:#fff;--ink:#1a2230;--soft:#55606f;--rule:#d9dfe8;--fill:#eef1f6;
--blue:#1b5cb8;--red:#b3211a;--amber:#875800;--green:#17713f;--violet:#663c9e;--grey:#55606f;
--pink:#fdecea;--shade:rgba(100,115,140,.13)}
@media (prefers-color-scheme:dark){:root{--page:#0e131a;--card:#171e28;--ink:#e5eaf1;--soft:#a0acbc;--rule:#2f3a49;
--fill:#212a37;--blue:#82b6ff;--red:#ff8f85;--amber:#f3c35b;--green:#68d79a;--violet:#c9a9ff;--grey:#a0acbc;
--pink:#3a2226;--shade:rgba(150,170,200,.15)}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
overflow-wrap:anywhere}
main,header,footer{max-width:68rem;margin:0 auto;padding:0 1rem}
h1,h2,h3,h4,p,dl,figure{margin:0}
h2{font-size:1.2rem;margin:2.2rem 0 .7rem}
h3,.why h2{margin:0;font-size:1.05rem;display:flex;flex-wrap:wrap;gap:.3rem .7rem;align-items:baseline}
h4{font-size:1rem}
code{font:.9em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;unicode-bidi:isolate;background:var(--fill);
padding:.08em .3em;border-radius:.25em}
a{color:var(--blue)}
small{font-size:.88rem;font-weight:400;color:var(--soft)}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.verdict,.card,.finding{background:var(--card);border:1px solid var(--rule);border-radius:.6rem;padding:1rem 1.2rem}
.verdict{margin-top:1rem;padding:1.2rem 1.4rem}
.card+.card,.finding+.finding,details .finding:first-of-type{margin-top:.8rem}
.verdict,.finding{border-left:.45rem solid var(--is)}
.passed{--is:var(--green)}.warned{--is:var(--amber)}.inconclusive{--is:var(--violet)}.errored,.failed{--is:var(--red)}
.skipped{--is:var(--grey)}
h1{font-size:1.75rem;line-height:1.2;color:var(--is)}
.meaning{font-size:1.15rem;margin-top:.3rem}
.why{margin-top:.9rem;padding-top:.9rem;border-top:1px solid var(--rule)}
.eyebrow{color:var(--soft);font-size:.9rem;margin-bottom:.35rem}
.tally{margin-top:.8rem;color:var(--soft)}
nav{margin-top:.8rem;display:flex;flex-wrap:wrap;gap:.3rem 1.1rem}
.badge{display:inline-block;white-space:nowrap;font-size:.85rem;font-weight:600;color:var(--is);border:1px solid var(--is);
border-radius:1rem;padding:0 .6rem}
.finding p,.why p{margin-top:.45rem}
.legend{font-size:.88rem}.legend,.where{color:var(--soft)}
.milder{border-left:.45rem solid var(--amber)}
ul{margin:.4rem 0 0;padding-left:1.3rem}
dl{display:flex;flex-wrap:wrap;gap:.4rem 1.6rem;margin-top:.6rem}
dl div{max-width:100%}
dt{color:var(--soft);font-size:.85rem}
dd{margin:0}
details{margin-top:.8rem}
summary{cursor:pointer;font-weight:600;color:var(--blue);padding:.15rem 0}
.table{overflow-x:auto;margin-top:.6rem}
.card>.table:first-child{margin-top:0}
table{border-collapse:collapse;width:100%;font-size:.93rem;table-layout:fixed}
.checks th:nth-child(1),.reasons th:nth-child(1){width:8.5rem}
.checks th:nth-child(2),.reasons th:nth-child(2){width:34%}
.checks th:nth-child(4){width:5.5rem}.reasons th:nth-child(3){width:14%}
.measured th:nth-child(4){width:34%}.files th:nth-child(1){width:7rem}.files th:nth-child(3){width:64%}
.columns th:nth-child(2),.columns th:nth-child(3){width:11%}.columns th:nth-child(5){width:190px}
th{text-align:left;color:var(--soft);font-weight:600;font-size:.85rem}
th,td{padding:.4rem .8rem .4rem 0;border-bottom:1px solid var(--rule);vertical-align:top}
tbody tr:last-child td{border-bottom:0}
.cut{margin-top:.5rem;font-style:italic;color:var(--soft)}
figure{margin-top:1.2rem;padding-top:1rem;border-top:1px solid var(--rule)}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,21rem),1fr));gap:.4rem 1.5rem}
.plots h5{margin:.7rem 0 0;font-size:.9rem;font-weight:600;color:var(--soft)}
svg{display:block;overflow:visible}
svg.plot{width:100%;max-width:34rem;height:auto}
svg.interval{width:220px;max-width:100%;height:auto}
svg.spread{width:160px;height:40px}
svg text{font:11.5px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--soft)}
.grid{stroke:var(--rule);stroke-width:1}
.early,.forbidden{fill:var(--shade)}
.forbidden{fill:var(--pink)}
.bound,.limit{stroke:var(--red);stroke-width:1.6;stroke-dasharray:7 4;fill:none}
.warn{stroke:var(--amber);stroke-width:1.4;stroke-dasharray:2 3;fill:none}
svg .bound-label,svg .limit-label{fill:var(--red);font-weight:600;paint-order:stroke;stroke:var(--card);stroke-width:3px}
.line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round}
.point{fill:var(--c);stroke:var(--card);stroke-width:1}
svg .end{fill:var(--c);font-weight:600}svg .long{font-size:9px}
.l0{--c:var(--grey)}.l1{--c:var(--blue)}.l2{--c:var(--violet)}.l3{--c:var(--green)}
.line.l0{stroke-dasharray:5 3}.line.l2{stroke-dasharray:2 2}.line.l3{stroke-dasharray:9 3 2 3}
.point.l0{fill:var(--card);stroke:var(--c);stroke-width:1.4}
.whisker{stroke:var(--ink);stroke-width:2;fill:none}
.dot{fill:var(--ink);stroke:var(--card);stroke-width:1.5}
.bar{fill:var(--blue);opacity:.55}
.outline{fill:none;stroke:var(--ink);stroke-width:1.2}
footer{margin:2.5rem auto 2rem;color:var(--soft);font-size:.9rem}
@media (max-width:44rem){
main,header,footer{padding:0 .7rem}
.verdict,.card,.finding{padding:.8rem .9rem}
h1{font-size:1.45rem}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table,tbody,tr,td{display:block;width:100%}
tr{padding:.5rem 0;border-bottom:1px solid var(--rule)}
tr:last-child{border-bottom:0}
td{border:0;padding:.1rem 0}
td:empty{display:none}
.checks td:nth-child(-n+2)::before,.reasons td:nth-child(-n+2)::before{content:none!important}
td[data-label]:not([data-label=""])::before{content:attr(data-label) ": ";color:var(--soft);font-size:.85rem}
}
@media print{
:root{color-scheme:light;--page:#fff;--card:#fff;--ink:#000;--soft:#444;--rule:#bbb;--fill:#f2f2f2;--blue:#1b5cb8;
--red:#b3211a;--amber:#875800;--green:#17713f;--violet:#663c9e;--grey:#55606f;--pink:#fdecea;--shade:rgba(100,115,140,.13)}
nav{display:none}
.finding,figure,tr{break-inside:avoid}
details::details-content{content-visibility:visible;block-size:auto}
}
"""
