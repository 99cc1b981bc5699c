<div data-part="score">
<p class="score"><b>{{score}}</b> <span class="chip tier-{{tier}}">{{tier}}</span></p>
<p>{{#score_changes_at}}Changes next {{> shown_time}}, to <b>{{score_changes_to}}</b>{{#changing}}: {{changing}}{{/changing}}{{/score_changes_at}}{{^score_changes_at}}It does not change by time alone{{/score_changes_at}}.{{#excluded}} Excluded from scoring.{{/excluded}}</p>
<ul class="sums">{{#rules}}<li>{{#has_events}}<details><summary><span>{{rule_title}}{{#terms}} <small>{{terms}}</small>{{/terms}}</span> <small>{{count}}</small> <b>{{points}}</b></summary>
<ol>{{#events}}<li><span>{{#occurred_at}}{{> shown_time}}{{/occurred_at}}</span>{{#event_changes_at}} <small>changes {{> shown_time}}</small>{{/event_changes_at}} <b>{{event_points}}</b></li>{{/events}}</ol></details>{{/has_events}}
{{^has_events}}<div><span>{{rule_title}}{{#terms}} <small>{{terms}}</small>{{/terms}}</span> <b>{{points}}</b></div>{{/has_events}}</li>{{/rules}}{{^rules}}<li class="faint">Nothing counts yet.</li>{{/rules}}</ul>
{{#has_uncounted}}<details class="uncounted"><summary>What does not count any more</summary>
<ul class="sums">{{#uncounted}}<li><div><span>{{rule_title}}{{#terms}} <small>{{terms}}</small>{{/terms}}</span> <small>{{count}} {{outcome}}</small></div></li>{{/uncounted}}</ul></details>{{/has_uncounted}}
<h3>Quality {{quality}}</h3>
{{#quality_changes_at}}<p>Changes next {{> shown_time}}, to <b>{{quality_changes_to}}</b>.</p>
{{/quality_changes_at}}<ul class="sums">{{#quality_parts}}<li><div><span>{{part}}</span> <b>{{part_points}}</b></div></li>{{/quality_parts}}{{^quality_parts}}<li class="faint">Nothing counts yet.</li>{{/quality_parts}}</ul>
</div>
<form method="post" action="/leads/edit" class="line" data-part="qualification">{{> lead_action}}<input type="hidden" name="action" value="qualification"><label>Qualification, 0 to 100 <input name="score" inputmode="numeric" value="{{qualification}}" size="4"></label> <button>Set</button>
{{#at_qualification}}<p class="error" role="alert">{{at_qualification}}</p>{{/at_qualification}}</form>
{{#qualification_is_set}}<form method="post" action="/leads/edit" class="line">{{> lead_action}}<input type="hidden" name="action" value="qualification"><input type="hidden" name="clear" value="true"><button class="plain">Use the computed quality</button></form>{{/qualification_is_set}}
