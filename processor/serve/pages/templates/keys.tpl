<section class="narrow">
<h1>Keys</h1>
{{> key_list}}
</section>
