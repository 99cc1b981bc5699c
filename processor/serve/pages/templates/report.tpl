{{> report_head}}
<section class="figure">
<header><h2>{{label}}</h2><span class="links"><a href="/reports/file?{{report_query}}&amp;format=csv" download>CSV</a> <a href="/reports/file?{{report_query}}&amp;format=json" download>JSON</a></span></header>
<dl class="facts">{{#facts}}<dt>{{label}}</dt><dd>{{#query}}<a href="/leads?{{query}}">{{text}}</a>{{/query}}{{^query}}{{text}}{{/query}}</dd>{{/facts}}</dl>
{{#chart}}{{> chart_columns}}<p class="axis">Leads, by the first score of each column</p>{{/chart}}
{{> report_table}}
{{^has_rows}}<p class="empty"><b>Nothing to report yet.</b>{{#is_campaigns}}Numbers appear once leads are assigned to a campaign or get its mail.{{/is_campaigns}}{{#is_segments}}Segments appear here once there are some: <a href="/segments">Segments</a>.{{/is_segments}}</p>{{/has_rows}}
{{#is_pipeline}}<p><small>Reached: the leads in the stage or a later one. Conversion to next: the share of them that reached the next stage, too. Lost and archived leads are separate, because nobody knows how far they came.</small></p>{{/is_pipeline}}
{{#is_campaigns}}<p><small>Assigned: leads with the campaign in their profile. Mailed: leads to whom its mail was sent, or for whom it was delivered or bounced. The other columns count leads with at least one such event. “With machines” includes the opens and clicks of mail privacy proxies and link scanners, as most platforms do.</small></p>{{/is_campaigns}}
</section>
<p><small>As of {{#at}}{{> shown_time}}{{/at}}.</small></p>
