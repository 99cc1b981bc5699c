{{> settings_tabs}}
<form method="get" action="/settings/audit" class="grid">
<label>Who <input name="who" value="{{filter_who}}"></label>
<label>Lead <input name="lead" value="{{filter_lead}}"></label>
<label>Action <input name="action" value="{{filter_action}}" placeholder="contact.stage"></label>
<button>Show</button>
</form>
{{#has_lines}}
<div class="scroll" tabindex="0" role="region" aria-label="Table of the audit log">
<table class="stacks">
<thead><tr><th scope="col">When</th><th scope="col">Who</th><th scope="col">What</th><th scope="col">Of</th><th scope="col">Old → new</th><th scope="col">Outcome</th></tr></thead>
<tbody>
{{#lines}}<tr><td>{{#at}}{{> shown_time}}{{/at}}</td><td data-label="Who">{{who}}</td><td data-label="What" title="{{action}}">{{words}}</td><td data-label="Of" title="{{subject}}">{{#is_erased}}<i>erased</i>{{/is_erased}}{{subject}}</td><td data-label="Old → new" class="changes">{{#changes}}<div class="change">{{label}}: {{#old}}{{old}} → {{/old}}{{new}}</div>{{/changes}}</td><td data-label="Outcome">{{outcome}}</td></tr>
{{/lines}}
</tbody>
</table>
</div>
{{/has_lines}}
{{^has_lines}}<p class="empty"><b>Nobody did this.</b><a href="/settings/audit">Show all lines</a></p>{{/has_lines}}
{{#next_query}}<p><a class="button" rel="next" href="/settings/audit?{{next_query}}">Earlier</a></p>{{/next_query}}
