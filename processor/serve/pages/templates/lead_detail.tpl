{{#detail}}
<aside class="lead" id="detail" data-detail="{{id}}" data-version="{{version}}"{{#late}} data-late="yes"{{/late}} aria-label="{{name}}">
<header class="lead-head">
<div class="lead-who" data-part="who">
<span class="initials" aria-hidden="true">{{initials}}</span>
<div><h2 tabindex="-1" dir="auto">{{name}}</h2>{{#position}}<p>{{position}}</p>{{/position}}</div>
<a class="icon-button" href="/leads?{{list_query}}" data-close aria-label="Close" title="Close (Esc)"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#close"/></svg></a>
</div>
{{> lead_chips}}
{{> lead_tools}}
<nav class="lead-tabs" aria-label="Parts of this lead">
{{#tabs}}<a href="/leads?{{list_query}}&amp;{{lead_query}}&amp;tab={{tab}}#detail" data-tab="{{tab}}"{{#is_shown}} aria-current="page"{{/is_shown}}>{{tab_label}}</a>{{/tabs}}
</nav>
</header>
<div id="lead-said" role="status" data-part="said">{{> lead_saved}}</div>
<section class="lead-tab" id="tab-overview" aria-label="Overview"{{^on_overview}} hidden{{/on_overview}}>
{{> lead_overview}}
</section>
<section class="lead-tab" id="tab-activity" aria-label="Activity"{{^on_activity}} hidden{{/on_activity}}>
{{> lead_timeline}}
</section>
<section class="lead-tab" id="tab-score" aria-label="Score"{{^on_score}} hidden{{/on_score}}>
{{> lead_score}}
</section>
<section class="lead-tab" id="tab-mail" aria-label="Mail"{{^on_mail}} hidden{{/on_mail}}>
{{> lead_mail}}
</section>
</aside>
{{/detail}}
