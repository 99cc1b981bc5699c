<div class="lead-actions" id="actions" data-lead="{{id}}">
<a href="/leads?{{lead_query}}#detail"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#edit"/></svg>Edit</a>
{{^is_final}}
<details><summary><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#move"/></svg>Move to</summary>
<form method="post" action="/leads/edit">{{> lead_action}}<input type="hidden" name="action" value="stage">
{{#stages}}{{^selected}}<button name="stage" value="{{value}}"{{#ends}} data-asks="“{{label}}” is final: the stage cannot be changed afterwards. Set it?"{{/ends}}><span class="dot stage-{{value}}"></span>{{label}}</button>{{/selected}}{{/stages}}
</form></details>
{{#is_manager}}
<details><summary><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#assign"/></svg>Assign</summary>
<form method="post" action="/leads/edit">{{> lead_action}}<input type="hidden" name="action" value="agent">
{{#agents}}<button name="agent_id" value="{{agent_id}}"><span class="avatar" aria-hidden="true">{{agent_initials}}</span>{{agent_id}}</button>{{/agents}}
{{#agent}}<button name="agent_id" value="">Nobody</button>{{/agent}}
</form></details>
{{/is_manager}}
{{/is_final}}
<form method="post" action="/leads/edit">{{> lead_action}}<input type="hidden" name="action" value="do-not-contact"><input type="hidden" name="value" value="{{#do_not_contact}}false{{/do_not_contact}}{{^do_not_contact}}true{{/do_not_contact}}"><button><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#block"/></svg>{{#do_not_contact}}Allow contact again{{/do_not_contact}}{{^do_not_contact}}Do not contact{{/do_not_contact}}</button></form>
{{#is_admin}}
<details><summary class="danger"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#trash"/></svg>Erase</summary>
<form method="post" action="/leads/edit" class="erase">{{> lead_action}}<input type="hidden" name="action" value="erase">
<label>To erase this lead for good, type its id: {{id}} <input name="confirm" autocomplete="off" required></label>
<button class="danger">Erase</button></form></details>
{{/is_admin}}
</div>
