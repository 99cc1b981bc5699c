<h1>Timeline of {{name}}</h1>
<p><a href="/leads?{{lead_query}}">To the lead</a></p>
{{> lead_timeline}}
