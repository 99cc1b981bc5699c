<h1>Reports</h1>
<nav class="tabs" aria-label="Reports"><ul>
{{#names}}<li><a href="/reports?{{report_query}}"{{#is_shown}} aria-current="page"{{/is_shown}}>{{label}}</a></li>{{/names}}
</ul></nav>
<h2>{{label}}</h2>
<dl class="facts">{{#facts}}<dt>{{label}}</dt><dd>{{#query}}<a href="/leads?{{query}}">{{text}}</a>{{/query}}{{^query}}{{text}}{{/query}}</dd>{{/facts}}</dl>
{{#has_rows}}
<div class="scroll" tabindex="0" role="region" aria-label="Table of the report">
<table>
<thead><tr>{{#heads}}<th scope="col">{{label}}</th>{{/heads}}</tr></thead>
<tbody>
{{#rows}}
<tr>{{#cells}}<td{{#id}} title="{{id}}"{{/id}}>{{#query}}<a href="/leads?{{query}}">{{text}}</a>{{/query}}{{^query}}{{#is_code}}<code>{{text}}</code>{{/is_code}}{{^is_code}}{{text}}{{/is_code}}{{/query}}</td>{{/cells}}</tr>
{{/rows}}
</tbody>
</table>
</div>
{{/has_rows}}
{{^has_rows}}<p>Nothing to report yet.</p>{{/has_rows}}
{{#is_pipeline}}<p><small>Reached: the leads in the stage or a later one. Conversion to next: the share of them that reached the next stage, too. Lost and archived leads are separate, because nobody knows how far they came.</small></p>{{/is_pipeline}}
{{#is_campaigns}}<p><small>Assigned: leads with the campaign in their profile. Mailed: leads to whom its mail was sent, or for whom it was delivered or bounced. The other columns count leads with at least one such event. “With machines” includes the opens and clicks of mail privacy proxies and link scanners, as most platforms do.</small></p>{{/is_campaigns}}
<p><small>As of {{at}} UTC.</small> <a href="/reports/file?{{report_query}}&amp;format=csv">CSV</a> <a href="/reports/file?{{report_query}}&amp;format=json">JSON</a></p>
