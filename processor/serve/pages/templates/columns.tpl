<section class="narrow">
<h1>Columns</h1>
{{> column_choice}}
</section>
