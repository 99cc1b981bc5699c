{{#done}}<p class="done" role="status">Saved.</p>{{/done}}
{{#late}}<p class="done" role="status">Stored. It will be shown once the processor has applied it.</p>{{/late}}
