<section class="narrow">
<h1>{{name}}</h1>
<p><a href="/leads?{{back}}">Back to the leads</a></p>
{{> lead_actions}}
</section>
