<link rel="stylesheet" href="/assets/import.css?v={{assets}}">
<h1>Import</h1>
{{#job}}
<section role="status">
<p>{{state_label}}{{#detail}}: {{detail}}{{/detail}}</p>
<p>{{#total}}<progress max="{{total}}" value="{{done}}" aria-label="Progress"></progress> {{done_text}} of {{total_text}} rows{{/total}}{{^total}}{{done_text}} rows{{/total}}</p>
</section>
{{#has_wrong}}<p>{{wrong_text}} left out as wrong: {{#reasons}}{{reason}} ({{times}}). {{/reasons}}</p>{{/has_wrong}}
{{#wrongRows}}<p><a href="/import/wrong?{{import_query}}">Download the wrong rows</a>, with the reasons, to correct and import them.</p>{{/wrongRows}}
{{#may_cancel}}<form method="post" action="/jobs/cancel" class="inline"><input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="job" value="{{id}}"><button class="plain">Cancel</button></form>{{/may_cancel}}
{{/job}}
{{#undo_job}}
<section class="{{#has_wrong}}warning{{/has_wrong}}{{^has_wrong}}done{{/has_wrong}}" role="status">
<p>{{#may_cancel}}The import is being taken back{{/may_cancel}}{{^may_cancel}}Taken back{{/may_cancel}}, {{#created}}{{> shown_time}}{{/created}}, by {{startedBy}}{{#detail}}: {{detail}}{{/detail}}.{{#total}} {{done_text}} of {{total_text}} leads.{{/total}}</p>
{{#has_wrong}}<p>{{wrong_text}} stayed, wholly or in part: {{#reasons}}{{reason}} ({{times}}). {{/reasons}}</p>{{/has_wrong}}
</section>
{{/undo_job}}
{{#goes_on}}<p><small>This page refreshes until it is over. You can leave it: the work goes on.</small></p>{{/goes_on}}
{{^goes_on}}<div class="outcome">{{#may_undo}}<a class="button primary" href="/import/leads?{{#job}}{{import_query}}{{/job}}">View {{undoable}}</a>
<form method="post" action="/import/undo" class="inline"><input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="import" value="{{#job}}{{id}}{{/job}}"><button><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#undo"/></svg>Take it back</button></form>{{/may_undo}}
<a class="button" href="/import">Import another file</a></div>
{{#may_undo}}<p><small>Taking it back withdraws the leads that it made and nothing has touched since, and sets back what nobody has changed since. What the file said against mail stays. It is possible for 30 days.</small></p>{{/may_undo}}{{/goes_on}}
