<div class="scroll" tabindex="0" role="region" aria-label="Table of jobs">
<table class="stacks">
<thead><tr><th scope="col">Started</th><th scope="col">What</th><th scope="col">State</th><th scope="col">Progress</th><th scope="col">By</th><th scope="col">Left out or refused</th><th scope="col"><span class="hidden">Cancel</span></th></tr></thead>
<tbody>
{{#jobs}}
<tr><td data-label="Started">{{#created}}{{> shown_time}}{{/created}}</td><td data-label="What">{{#is_import}}<a href="/import/progress?{{import_query}}">{{kind_label}}</a>{{/is_import}}{{^is_import}}{{kind_label}}{{/is_import}}</td><td data-label="State">{{state_label}}{{#detail}} <small>{{detail}}</small>{{/detail}}{{#has_file}} <a href="/jobs/file?{{job_query}}">Download</a>{{/has_file}}</td>
<td data-label="Progress">{{#total}}<progress max="{{total}}" value="{{done}}" aria-label="Progress"></progress> {{done_text}} of {{total_text}}{{/total}}{{^total}}{{done_text}}{{/total}}</td>
<td data-label="By">{{startedBy}}</td>
<td data-label="Left out or refused">{{#has_wrong}}{{wrong_text}}: {{#reasons}}{{reason}} ({{times}}). {{/reasons}}{{/has_wrong}}</td>
<td>{{#may_cancel}}<form method="post" action="/jobs/cancel" class="inline"><input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="job" value="{{id}}"><button class="plain">Cancel</button></form>{{/may_cancel}}</td></tr>
{{/jobs}}
</tbody>
</table>
</div>
