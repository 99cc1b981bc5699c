<ol class="timeline">{{#timeline}}<li><time>{{at}}</time> <span>{{sentence}}</span></li>{{/timeline}}{{^timeline}}<li>Nothing yet.</li>{{/timeline}}</ol>
{{#folded}}<p>Older events, until {{folded_until}}, are kept only as counts: {{folded}}.</p>{{/folded}}
{{#older_query}}<p><a href="/leads/timeline?{{older_query}}">Older</a></p>{{/older_query}}
