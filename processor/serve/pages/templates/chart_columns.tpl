<svg class="chart" height="148" width="100%" aria-hidden="true">
{{#ticks}}<line class="tick" x1="0" x2="100%" y1="{{y}}" y2="{{y}}"/><text class="scale" x="-6" y="{{y}}" dy="4" text-anchor="end">{{text}}</text>{{/ticks}}
{{#columns}}{{#has_before}}<rect class="before" x="{{before_x}}" y="{{before_y}}" width="{{before_width}}" height="{{before_height}}"/>{{/has_before}}
{{#leads_query}}<a href="/leads?{{leads_query}}" tabindex="-1">{{/leads_query}}{{#moved_query}}<a href="/reports/leads?{{moved_query}}" tabindex="-1">{{/moved_query}}
<rect class="place" x="{{place_x}}" y="0" width="{{place_width}}" height="100%"><title>{{title}}</title></rect><rect class="column-bar" x="{{x}}" y="{{y}}" width="{{width}}" height="{{height}}"/>
{{#leads_query}}</a>{{/leads_query}}{{#moved_query}}</a>{{/moved_query}}{{#cut_text}}<rect class="cut" x="{{place_x}}" y="12" width="{{place_width}}" height="3"/><text class="scale" x="{{middle_x}}" y="0" dy="-3" text-anchor="middle">{{cut_text}}</text>{{/cut_text}}{{/columns}}
{{#labels}}<text class="scale" x="{{x}}" y="100%" dy="16" text-anchor="middle">{{text}}</text>{{/labels}}
</svg>
