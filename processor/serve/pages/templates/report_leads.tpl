<p class="back"><a href="/reports?from={{from}}&amp;to={{to}}"><span aria-hidden="true">←</span> Report of these days</a></p>
<h1>{{label}}, {{#is_one_day}}{{first_text}}{{/is_one_day}}{{^is_one_day}}{{first_text}} to {{last_text}}{{/is_one_day}}{{#owner}}: {{owner}}{{/owner}}{{#is_without_owner}}: no owner{{/is_without_owner}}</h1>
<p>{{found}} that moved in these days and did not move on. <a href="/leads?{{now_query}}">All who are there now</a></p>
{{^is_complete}}<p class="warning">These are among the 100 that were active last. Others may have moved, too: choose fewer days or one owner.</p>{{/is_complete}}
{{#has_rows}}
<div class="scroll" tabindex="0" role="region" aria-label="Leads that moved">
<table class="stacks"><thead><tr><th scope="col">Lead</th><th scope="col">Company</th><th scope="col">Owner</th><th scope="col" class="number">Score</th><th scope="col">When</th></tr></thead>
<tbody>{{#rows}}<tr><th scope="row"><a href="/leads?{{lead_query}}">{{name}}</a></th><td data-label="Company">{{company}}</td><td data-label="Owner">{{agent}}</td><td class="number" data-label="Score">{{score}}</td><td data-label="When">{{#moved}}{{> shown_time}}{{/moved}}</td></tr>{{/rows}}</tbody></table>
</div>
{{/has_rows}}
{{^has_rows}}<p class="empty"><b>Nobody who is still there.</b>Who has moved on since, or was erased, counts in the report and is not listed.</p>{{/has_rows}}
