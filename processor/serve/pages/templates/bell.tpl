<section class="notices">
<div class="bar"><h1>Notices</h1>
{{#has_notices}}<form method="post" action="/bell"><input type="hidden" name="form_token" value="{{form_token}}"><button class="plain" name="up_to" value="{{newest}}"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#check"/></svg>Mark all as read</button></form>{{/has_notices}}</div>
{{#has_notices}}
<form method="post" action="/bell"><input type="hidden" name="form_token" value="{{form_token}}">
<ul>
{{#notices}}
<li><button name="notice" value="{{notice}}"{{^is_read}} class="unread"{{/is_read}}><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#{{icon}}"/></svg><span>{{#lead_name}}<b>{{lead_name}}</b> {{/lead_name}}{{text}}{{^is_read}}<span class="hidden"> (unread)</span>{{/is_read}}</span>{{#at_text}}<small title="{{at_full}}">{{at_text}}</small>{{/at_text}}</button></li>
{{/notices}}
</ul>
</form>
{{/has_notices}}
{{^has_notices}}<p class="empty"><b>Nothing to tell</b>{{#is_agent}}Here you see when a lead of yours becomes hot, replies, is assigned to you or is to be followed up, and when a job of yours is over.{{/is_agent}}{{^is_agent}}Here you see when an import, an export or a bulk change of yours is over. Agents also see what happens to their leads.{{/is_agent}}</p>{{/has_notices}}
</section>
