<h1 class="hidden">Pipeline</h1>
<div id="told">{{#problem}}<p class="problem pre" role="alert">{{problem}}</p>{{/problem}}{{#done}}<div class="done" role="status"><span>Moved.</span> {{> undo_button}}</div>{{/done}}{{#late}}<p class="done" role="status">Saved. It will be shown once it has been applied.</p>{{/late}}</div>
<div class="bar board-bar">{{> lead_filter}}{{#mine_query}}<div class="tools"><a class="button plain" href="/pipeline{{^is_mine}}?{{mine_query}}{{/is_mine}}"{{#is_mine}} aria-current="true"{{/is_mine}}>Mine</a></div>{{/mine_query}}</div>
<div class="board" id="board" data-follows{{#is_filtered}} data-filtered{{/is_filtered}} data-back="{{back}}" tabindex="0" role="region" aria-label="Board">
{{#columns}}
<section class="column" data-stage="{{stage}}" aria-labelledby="stage-{{stage}}">
<h2 id="stage-{{stage}}"><span class="dot stage-{{stage}}"></span><a href="/leads?{{query}}">{{label}} <b data-count="{{stage}}">{{count}}</b></a>{{#locked}} <span class="locked" title="A lead cannot leave a final stage">locked</span>{{/locked}}{{#is_archived}}<button class="icon-button" form="archived" name="archived" value="folded" aria-label="Fold the archived leads" title="Fold"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#fold"/></svg></button>{{/is_archived}}</h2>
{{#is_later}}<p><a href="/pipeline?{{first_query}}">Back to the first</a></p>{{/is_later}}
<ul>
{{#cards}}
{{> board_card}}
{{/cards}}
</ul>
{{#next_query}}<p><a href="/pipeline?{{next_query}}">Next 20 <span class="hidden">in {{label}}</span></a></p>{{/next_query}}
</section>
{{/columns}}
{{#is_archived_folded}}{{#archived}}<section class="column archived" data-stage="archived" aria-label="Archived"><button class="icon-button" form="archived" name="archived" value="open" aria-label="Unfold the archived leads" title="Unfold"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#chevron-right"/></svg></button><a href="/leads?{{archived_query}}">Archived <b data-count="archived">{{archived}}</b></a> <span class="locked" title="A lead cannot leave a final stage">locked</span></section>{{/archived}}{{/is_archived_folded}}
</div>
<form method="post" action="/look" id="archived"><input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="here" value="{{here}}"></form>
<script src="/assets/board.js?v={{assets}}" defer></script>
