{{#has_counts}}
<ul class="counts" id="counts" aria-label="Contacts by stage">
<li><a href="/leads"><b>{{all}}</b> All</a></li>
{{#counts}}
<li class="stage-{{stage}}"><a href="/leads?{{query}}"><b>{{count}}</b> {{label}}</a></li>
{{/counts}}
</ul>
{{/has_counts}}
