<div class="command-box" data-label="Commands">
<form method="get" action="/commands" role="search" class="search">
{{#lead}}<input type="hidden" name="lead" value="{{lead}}">{{/lead}}{{#back}}<input type="hidden" name="back" value="{{back}}">{{/back}}
<svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#search"/></svg><input name="query" type="search" value="{{typed}}" aria-label="Find a command, a place or a lead" placeholder="Find a command, a place or a lead" autocomplete="off" autofocus>
<button>Find</button>
</form>
<div class="command-list">
{{#has_actions}}<h2><a href="/leads?{{lead_query}}">{{lead_name}}</a></h2>
<ul>{{#actions}}<li><form method="post" action="/leads/edit">{{> lead_action}}<input type="hidden" name="action" value="{{action}}"><input type="hidden" name="{{field}}" value="{{value}}"><button{{#final_label}} data-asks="“{{final_label}}” is final: the stage cannot be changed afterwards. Set it?"{{/final_label}}><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#move"/></svg>{{label}}</button></form></li>{{/actions}}</ul>{{/has_actions}}
{{#has_leads}}<h2>Leads</h2>
<ul>{{#leads}}<li><a href="/leads?{{lead_query}}"><span class="avatar" aria-hidden="true">{{initials}}</span><span>{{name}}</span> <small>{{company}}</small></a></li>{{/leads}}</ul>{{/has_leads}}
{{#has_targets}}<h2>Go to</h2>
<ul>{{#targets}}<li><a href="/{{path}}"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#{{icon}}"/></svg><span>{{label}}</span></a></li>{{/targets}}</ul>{{/has_targets}}
{{#has_saved}}<h2>Saved views</h2>
<ul>{{#saved}}<li><a href="/leads?{{query}}"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#view"/></svg><span>{{label}}</span></a></li>{{/saved}}</ul>{{/has_saved}}
{{^has_actions}}{{^has_leads}}{{^has_targets}}{{^has_saved}}<p class="empty"><b>Nothing found</b>Type a part of a name, an address, a company or a page.</p>{{/has_saved}}{{/has_targets}}{{/has_leads}}{{/has_actions}}
</div>
</div>
