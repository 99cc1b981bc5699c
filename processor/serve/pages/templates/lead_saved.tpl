{{#done}}<div class="done" role="status"><span>Saved.</span> {{> undo_button}}</div>{{/done}}
{{#late}}<p class="done" role="status">Saved. It will be shown once it has been applied.</p>{{/late}}
