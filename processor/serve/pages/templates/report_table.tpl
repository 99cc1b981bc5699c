{{#has_rows}}<div class="scroll" tabindex="0" role="region" aria-label="Table: {{label}}">
<table class="bars">
<thead><tr>{{#first_head}}<th scope="col"{{#is_number}} class="number"{{/is_number}}>{{label}}</th>{{/first_head}}<th scope="col" class="bar-head" aria-hidden="true">{{drawn_label}}</th>{{#heads}}<th scope="col"{{#is_number}} class="number"{{/is_number}}>{{label}}</th>{{/heads}}</tr></thead>
<tbody>
{{#rows}}
<tr>{{#first}}<th scope="row"{{#id}} title="{{id}}"{{/id}}{{#is_number}} class="number"{{/is_number}}>{{text}}</th>{{/first}}<td class="bar-cell" aria-hidden="true"><svg width="100%" height="12" class="{{bar_class}}"><rect width="{{bar}}" height="100%" rx="2"/></svg></td>{{#cells}}<td{{#is_number}} class="number"{{/is_number}}>{{#query}}<a href="/leads?{{query}}">{{text}}</a>{{/query}}{{^query}}{{text}}{{/query}}</td>{{/cells}}</tr>
{{/rows}}
</tbody>
</table>
</div>{{/has_rows}}
