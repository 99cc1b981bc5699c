<div class="lead-chips" data-part="chips">
<span class="chip stage-{{stage}}" title="{{stage_reason}}">{{stage_label}}</span>
{{#mail_status}}<span class="chip mail-{{mail_status}}">{{mail_status_label}}</span>{{/mail_status}}
{{#do_not_contact}}<span class="chip mail-unsubscribed">Do not contact</span>{{/do_not_contact}}
<span class="chip tier-{{tier}}" title="Score and tier"><b>{{score}}</b> {{tier}}</span>
<span class="chip plain" title="Owner"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#person"/></svg>{{agent}}{{^agent}}No owner{{/agent}}</span>
{{#follow_up_day}}<span class="chip plain{{#is_due}} due{{/is_due}}"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#calendar"/></svg><span class="hidden">Follow up </span>{{> shown_time}}</span>{{/follow_up_day}}
</div>
