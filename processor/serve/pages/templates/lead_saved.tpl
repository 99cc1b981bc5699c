{{#done}}<p class="done" role="status">Saved.</p>{{/done}}
{{#late}}<p class="done" role="status">Saved. It will be shown once it has been applied.</p>{{/late}}
