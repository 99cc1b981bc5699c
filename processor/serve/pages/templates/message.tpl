<section class="narrow">
<h1>{{title}}</h1>
<p>{{sentence}}</p>
<p><a href="/">Go to the home page</a></p>
</section>
