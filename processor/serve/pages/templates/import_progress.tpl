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
{{#goes_on}}<p><small>This page refreshes until the import is over. You can leave it: the import goes on.</small></p>{{/goes_on}}
{{^goes_on}}<p><a class="button" href="/import">Import another file</a> <a href="/leads">Leads</a></p>{{/goes_on}}
