{{#has_counts}}
<nav class="counts" id="counts" aria-label="Leads by stage and e-mail status"><ul>
<li><a href="/leads"{{#is_all}} aria-current="true"{{/is_all}}><b data-count="all">{{all}}</b> All</a></li>
{{#counts}}
<li class="stage-{{stage}}"><a href="/leads?{{query}}"{{#is_current}} aria-current="true"{{/is_current}}><b data-count="{{stage}}">{{count}}</b> {{label}}</a></li>
{{/counts}}
</ul></nav>
{{/has_counts}}
