<p class="back"><a href="/segments"><span aria-hidden="true">←</span> All segments</a></p>
<div class="report-head"><h1>{{#is_new}}New segment{{/is_new}}{{^is_new}}{{#segment_name}}{{segment_name}}{{/segment_name}}{{^segment_name}}{{segment_id}}{{/segment_name}}{{/is_new}}</h1>{{#query}}<a class="button" href="/leads?{{query}}">View leads</a>{{/query}}</div>
{{#problem}}<div class="problem" role="alert" id="problem"><p class="pre">{{problem}}</p>
{{#has_errors}}<ul>{{#errors}}<li>Line {{line}}, column {{column}}: {{message}}</li>{{/errors}}</ul>{{/has_errors}}
</div>{{/problem}}
{{#done}}<p class="done" role="status">Saved.</p>{{/done}}
{{#is_pending}}<p class="warning" role="status">This rule is not in use yet: all leads are evaluated again, which takes some seconds or more.</p>{{/is_pending}}
{{#there_rule}}
<h2>Saved by somebody else</h2>
<p>{{there_name}}</p>
<pre class="code" tabindex="0">{{there_rule}}</pre>
<h2>Your rule</h2>
{{/there_rule}}
{{#is_manager}}<div class="bar segment-filter">{{> lead_filter}}</div>{{/is_manager}}
<form method="post" action="/segments/edit" class="stack">
<input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="version" value="{{version}}">
{{#is_new}}<label>Id <input name="id" value="{{segment_id}}" required maxlength="100" placeholder="hot"></label>{{/is_new}}
{{^is_new}}<input type="hidden" name="id" value="{{segment_id}}">{{/is_new}}
<label>Name <input name="name" value="{{segment_name}}" maxlength="100"{{^is_manager}} readonly{{/is_manager}}></label>
<details{{#has_errors}} open{{/has_errors}}{{^is_manager}} open{{/is_manager}}><summary>Advanced: the rule</summary>
<label for="rule" class="hidden">Rule</label><textarea id="rule" name="rule" rows="6" spellcheck="false" class="code"{{#has_errors}} aria-invalid="true" aria-describedby="problem"{{/has_errors}}{{^is_manager}} readonly{{/is_manager}}>{{rule}}</textarea>
</details>
{{#is_manager}}
<p><button name="what" value="try">Preview</button>
{{#is_admin}}<button class="primary" name="what" value="save">Save</button>{{/is_admin}}
{{^is_admin}}<small>An admin can save it.</small>{{/is_admin}}</p>
{{/is_manager}}
</form>
{{#has_moves}}
<h2>The last 30 days</h2>
<div class="figures">
{{#moves}}<figure class="figure"><figcaption><span>{{label}}</span> <b>{{number}}</b></figcaption>
{{#chart}}{{> chart_columns}}{{/chart}}{{^chart}}<p class="empty">None in these days.</p>{{/chart}}
</figure>{{/moves}}
</div>
<details class="figure"><summary>Table by day</summary>
<div class="scroll" tabindex="0" role="region" aria-label="Table by day">
<table><thead><tr><th scope="col">Day</th><th scope="col" class="number">Entered</th><th scope="col" class="number">Left</th></tr></thead>
<tbody>{{#move_days}}<tr><th scope="row">{{#day}}{{> shown_time}}{{/day}}</th><td class="number">{{entered}}</td><td class="number">{{left}}</td></tr>{{/move_days}}</tbody></table>
</div></details>
{{/has_moves}}
{{#trial}}
<section aria-labelledby="trial" role="status">
<h2 id="trial">{{leads}}: +{{enter}} −{{leave}}</h2>
<p>{{^is_new}}In the segment now: {{before}}. {{/is_new}}Nothing is saved yet.</p>
{{#warnings}}<p class="warning">Line {{line}}, column {{column}}: {{message}}</p>{{/warnings}}
<h3>Would enter</h3>
<ul class="plain-list">{{#entering}}<li><a href="/leads?{{lead_query}}#detail">{{name}}</a> <small>{{email}}</small></li>{{/entering}}{{^entering}}<li>Nobody</li>{{/entering}}{{#entering_more}}<li>and {{entering_more}} more</li>{{/entering_more}}</ul>
<h3>Would leave</h3>
<ul class="plain-list">{{#leaving}}<li><a href="/leads?{{lead_query}}#detail">{{name}}</a> <small>{{email}}</small></li>{{/leaving}}{{^leaving}}<li>Nobody</li>{{/leaving}}{{#leaving_more}}<li>and {{leaving_more}} more</li>{{/leaving_more}}</ul>
{{#has_others}}<h3>Segments that refer to it</h3>
<ul class="plain-list">{{#others}}<li><code>{{id}}</code>: +{{enter}} −{{leave}}</li>{{/others}}</ul>{{/has_others}}
</section>
{{/trial}}
{{#is_admin}}{{^is_new}}<details class="removes"><summary>Delete this segment…</summary>
<form method="post" action="/segments/edit" class="inline"><input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="version" value="{{version}}"><input type="hidden" name="id" value="{{segment_id}}"><input type="hidden" name="rule" value="{{rule}}"><input type="hidden" name="name" value="{{segment_name}}">
<span>Its leads stay. Whoever follows its changes hears that they left.</span> <button class="danger" name="what" value="remove">Delete the segment</button></form></details>{{/is_new}}{{/is_admin}}
