{{> report_head}}
{{#problem}}<p class="problem" role="alert">{{problem}}</p>{{/problem}}
<div class="ranges">
<nav aria-label="Days"><ul class="choices">{{#ranges}}<li><a class="button plain" href="/reports?{{query}}"{{#is_current}} aria-current="true"{{/is_current}}>{{label}}</a></li>{{/ranges}}</ul></nav>
<form method="get" action="/reports" class="inline"><label>From <input type="date" name="from" value="{{from}}" max="9999-12-31"></label> <label>to <input type="date" name="to" value="{{to}}" max="9999-12-31"></label> <button>Show</button></form>
</div>
{{#counted_from}}<p class="warning">Nothing was counted before {{> shown_time}}: days before are empty here.</p>{{/counted_from}}
<p class="legend"><span class="swatch now"></span> {{first_text}} to {{last_text}}{{#before_first_text}} <span class="swatch before"></span> before: {{before_first_text}} to {{before_last_text}}{{/before_first_text}}</p>
<div class="figures">
{{#figures}}
<figure class="figure">
<figcaption><span>{{label}}</span> <b>{{#number}}{{> report_number}}{{/number}}</b>{{#before}} <small>{{#change}}{{change}}, {{/change}}{{before}} before</small>{{/before}}</figcaption>
{{#chart}}{{> chart_columns}}{{/chart}}{{^chart}}<p class="empty">None in these days{{#before}} and none before{{/before}}.</p>{{/chart}}
</figure>
{{/figures}}
</div>
<details class="figure"><summary>Table by day</summary>
<p class="links"><a href="/reports/file?{{days_query}}&amp;format=csv" download>CSV, with everything that is counted</a></p>
<div class="scroll" tabindex="0" role="region" aria-label="Table by day">
<table><thead><tr><th scope="col">Day</th>{{#measures}}<th scope="col" class="number">{{label}}</th>{{/measures}}</tr></thead>
<tbody>{{#days}}<tr><th scope="row">{{#day}}{{> shown_time}}{{/day}}</th>{{#cells}}<td class="number">{{> report_number}}</td>{{/cells}}</tr>{{/days}}</tbody></table>
</div></details>
{{#has_owners}}
<section class="figure" id="owners">
<header><h2>By owner</h2></header>
<div class="scroll" tabindex="0" role="region" aria-label="Table by owner">
<table class="owners"><thead><tr><th scope="col">Owner</th>{{#measures}}<th scope="col"{{^has_names}} class="number"{{/has_names}}>{{label}}</th>{{/measures}}<th scope="col" class="number">Leads now</th></tr></thead>
<tbody>{{#owners}}<tr><th scope="row"><span class="owner"><span class="avatar" aria-hidden="true">{{initials}}</span> {{owner}}</span></th>{{#cells}}<td{{^has_names}} class="number"{{/has_names}}><b>{{> report_number}}</b>{{#moved_names}} <a class="name" href="/leads?{{query}}">{{name}}</a>{{/moved_names}}</td>{{/cells}}<td class="number"><a href="/leads?{{query}}">{{count}}</a></td></tr>{{/owners}}</tbody></table>
</div>
</section>
{{/has_owners}}
<h2 class="now-head">Where the leads are now</h2>
<div class="figures parts">
{{#parts}}
<section class="figure">
<header><h3>{{label}}</h3><a href="/reports?{{report_query}}">Whole table <span class="hidden">of {{label}}</span></a></header>
{{#chart}}{{> chart_columns}}<p class="axis">Leads, by the first score of each column</p>{{/chart}}
{{> report_table}}
{{#is_empty}}<p class="empty">Nothing to report yet.</p>{{/is_empty}}
</section>
{{/parts}}
</div>
{{#at}}<p><small>As of {{> shown_time}}. Days are those of the company's time zone. What new definitions changed does not count by day, and what happened counts for the owner that the lead had then. A lead is new on the day it came in; the list of new leads goes by their first event.</small></p>{{/at}}
