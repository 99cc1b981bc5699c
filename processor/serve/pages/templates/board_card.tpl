<li class="card" data-lead="{{id}}" data-stage="{{stage}}"{{^is_final}} draggable="true"{{/is_final}}>
<a href="/leads?{{lead_query}}#detail">{{name}}</a>
{{#company}}<span>{{company}}</span>{{/company}}
<small>{{score}} {{tier}}{{#agent}}, {{agent}}{{/agent}}</small>
{{^is_final}}
<form method="post" action="/pipeline/move" class="inline" data-auto>
{{> form_fields}}<input type="hidden" name="lead" value="{{id}}"><input type="hidden" name="was" value="{{stage}}">
<select name="stage" aria-label="Move {{name}} to">{{#stages}}<option value="{{value}}"{{#selected}} selected{{/selected}}{{#ends}} data-final="yes"{{/ends}}>{{label}}</option>{{/stages}}</select>
<button>Move</button>
</form>
{{/is_final}}
</li>
