{{#has_counts}}
<ul class="counts" id="counts" aria-label="Leads by stage">
<li><a href="/leads"><b data-count="all">{{all}}</b> All</a></li>
{{#counts}}
<li class="stage-{{stage}}"><a href="/leads?{{query}}"><b data-count="{{stage}}">{{count}}</b> {{label}}</a></li>
{{/counts}}
</ul>
{{/has_counts}}
