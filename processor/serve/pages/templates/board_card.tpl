<li class="card" data-lead="{{id}}" data-stage="{{stage}}"{{^is_final}} draggable="true"{{/is_final}}>
<a href="/leads?{{lead_query}}#detail" dir="auto" title="{{name}}">{{name}}</a>
<p><span dir="auto" title="{{company}}">{{company}}</span><b>{{score}}</b>{{#tier}}<span class="chip tier tier-{{tier}}">{{tier}}</span>{{/tier}}</p>
<div>{{#agent}}<span class="avatar" title="{{agent}}">{{agent_initials}}<span class="hidden">{{agent}}</span></span>{{/agent}}{{#in_stage}}<span class="in-stage" title="{{full}}"><span aria-hidden="true">{{text}}</span><span class="hidden">{{spoken}}</span></span>{{/in_stage}}{{#mail_class}}<span class="mail-{{mail_class}}">{{mail_label}}</span>{{/mail_class}}
{{^is_final}}
<form method="post" action="/pipeline/move" class="inline" data-auto>
{{> form_fields}}<input type="hidden" name="lead" value="{{id}}"><input type="hidden" name="was" value="{{stage}}">
<select name="stage" aria-label="Move {{name}} to">{{#stages}}<option value="{{value}}"{{#selected}} selected{{/selected}}{{#ends}} data-final="yes"{{/ends}}>{{label}}</option>{{/stages}}</select>
<button>Move</button>
</form>
{{/is_final}}
</div>
</li>
