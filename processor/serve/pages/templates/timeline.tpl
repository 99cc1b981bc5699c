<h1>Activity of {{name}}</h1>
<p><a href="/leads?{{lead_query}}">Back to the lead</a></p>
{{> lead_timeline}}
