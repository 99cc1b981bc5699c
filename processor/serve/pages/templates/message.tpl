<section class="narrow">
<h1>{{title}}</h1>
<p>{{sentence}}</p>
<p><a href="/">To the start</a></p>
</section>
