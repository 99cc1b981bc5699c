<div class="lead-tools" role="group" aria-label="Actions">
{{#mail_to}}<a class="icon-button" href="mailto:{{mail_to}}" aria-label="Mail {{email}}" title="Mail {{email}}"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#mail"/></svg></a>{{/mail_to}}
{{#dial}}<a class="icon-button" href="tel:{{dial}}" aria-label="Call {{phone}}" title="Call {{phone}}"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#phone"/></svg></a>{{/dial}}
<a class="icon-button" href="/leads?{{list_query}}&amp;{{lead_query}}&amp;tab=overview#new-note" data-note aria-label="Write a note" title="Write a note"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#note"/></svg></a>
{{^is_final}}<details class="menu" data-part="move" name="lead-menu"{{#at_stage}} open{{/at_stage}}>
<summary class="icon-button" aria-label="Move to another stage" title="Move to another stage"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#move"/></svg></summary>
<form method="post" action="/leads/edit" class="menu-card" data-undo="stage">{{> lead_action}}<input type="hidden" name="action" value="stage">
<p class="menu-title">Move to</p>
{{#at_stage}}<p class="error" role="alert">{{at_stage}}</p>{{/at_stage}}
{{#stages}}{{^selected}}<button class="plain menu-item stage-{{value}}" name="stage" value="{{value}}"{{#ends}} data-asks="“{{label}}” is final: the stage cannot be changed afterwards. Move it?"{{/ends}}><span class="dot" aria-hidden="true"></span>{{label}}{{#ends}} <small>final</small>{{/ends}}</button>{{/selected}}{{/stages}}
</form>
</details>{{/is_final}}
{{^is_final}}{{#is_manager}}<details class="menu" data-part="assign" name="lead-menu"{{#at_agent}} open{{/at_agent}}>
<summary class="icon-button" aria-label="Assign to an agent" title="Assign to an agent"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#assign"/></svg></summary>
<div class="menu-card">
<p class="menu-title">Owner</p>
{{#at_agent}}<p class="error" role="alert">{{at_agent}}</p>{{/at_agent}}
<form method="post" action="/leads/edit" data-chosen>{{> lead_action}}<input type="hidden" name="action" value="agent">
<label>Agent <select name="agent_id"><option value="">Nobody</option>{{#agent_choices}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/agent_choices}}</select></label> <button>Assign</button></form>
<details{{#typed_agent_id}} open{{/typed_agent_id}}><summary>Another agent…</summary>
<form method="post" action="/leads/edit">{{> lead_action}}<input type="hidden" name="action" value="agent"><label>Id of the new agent <input name="agent_id" value="{{typed_agent_id}}" required autocomplete="off"></label> <button>Assign</button></form>
</details>
</div>
</details>{{/is_manager}}{{/is_final}}
<details class="menu" data-part="follow-up" name="lead-menu"{{#at_follow_up}} open{{/at_follow_up}}>
<summary class="icon-button" aria-label="Follow up" title="Follow up"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#calendar"/></svg></summary>
<div class="menu-card">
<p class="menu-title">Follow up</p>
<form method="post" action="/leads/edit">{{> lead_action}}<input type="hidden" name="action" value="update"><input type="hidden" name="was:follow_up_on" value="{{follow_up_was}}">
<button class="plain menu-item" name="value:follow_up_on" value="{{tomorrow}}">Tomorrow</button>
<button class="plain menu-item" name="value:follow_up_on" value="{{in_three_days}}">In 3 days</button>
<button class="plain menu-item" name="value:follow_up_on" value="{{next_week}}">Next week</button></form>
<form method="post" action="/leads/edit" class="menu-form">{{> lead_action}}<input type="hidden" name="action" value="update">
{{#at_follow_up}}<p class="error" role="alert">{{at_follow_up}}</p>{{/at_follow_up}}
<label>Day <input name="value:follow_up_on" value="{{follow_up_on}}"{{#is_follow_up_day}} type="date" max="9999-12-31"{{/is_follow_up_day}}></label><input type="hidden" name="was:follow_up_on" value="{{follow_up_was}}">
<label>What to do <input name="value:follow_up_note" value="{{follow_up_note}}" maxlength="500" autocomplete="off"></label><input type="hidden" name="was:follow_up_note" value="{{follow_up_note_was}}">
<button>Save</button></form>
</div>
</details>
<details class="menu menu-end" data-part="more" name="lead-menu"{{#at_do_not_contact}} open{{/at_do_not_contact}}{{#at_erase}} open{{/at_erase}}>
<summary class="icon-button" aria-label="More actions" title="More actions"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#more"/></svg></summary>
<div class="menu-card">
<a class="menu-item" href="/leads?{{list_query}}&amp;{{lead_query}}&amp;tab=mail#detail" data-tab="mail">Unsubscribe from a topic…</a>
{{#is_manager}}<a class="menu-item" href="/leads/data?{{lead_query}}" download>Download all data, as JSON</a>{{/is_manager}}
{{#do_not_contact}}<form method="post" action="/leads/edit">{{> lead_action}}<input type="hidden" name="action" value="do-not-contact"><input type="hidden" name="value" value="false"><button class="plain menu-item">Allow contact again</button>{{#at_do_not_contact}}<p class="error" role="alert">{{at_do_not_contact}}</p>{{/at_do_not_contact}}</form>{{/do_not_contact}}
{{^do_not_contact}}<details{{#at_do_not_contact}} open{{/at_do_not_contact}}><summary class="menu-item">Do not contact…</summary>
<form method="post" action="/leads/edit" class="menu-form">{{> lead_action}}<input type="hidden" name="action" value="do-not-contact"><input type="hidden" name="value" value="true">
{{#at_do_not_contact}}<p class="error" role="alert">{{at_do_not_contact}}</p>{{/at_do_not_contact}}
<label>Why <input name="reason" value="{{typed_reason}}" placeholder="asked by phone" autocomplete="off"></label><button class="danger">Do not contact</button></form></details>{{/do_not_contact}}
{{#is_admin}}<details{{#at_erase}} open{{/at_erase}}><summary class="menu-item bad">Erase…</summary>
<form method="post" action="/leads/edit" class="menu-form" data-leaves>{{> lead_action}}<input type="hidden" name="action" value="erase">
{{#at_erase}}<p class="error" role="alert">{{at_erase}}</p>{{/at_erase}}
<label>To erase this lead for good, type its id: <b>{{id}}</b> <input name="confirm" value="{{typed_confirm}}" autocomplete="off" required></label>
<label class="tick"><input type="checkbox" name="suppress" value="true"> Also never mail this person again</label>
<button class="danger">Erase for good</button></form></details>{{/is_admin}}
</div>
</details>
</div>
