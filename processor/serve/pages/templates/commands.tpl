<section class="narrow">
<h1>Commands</h1>
{{> command_box}}
</section>
