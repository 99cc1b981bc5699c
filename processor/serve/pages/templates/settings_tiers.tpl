{{> settings_head}}
<form method="post" action="/settings/tiers" class="settings-form">
<input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="version" value="{{version}}">
<h2>Tiers</h2>
<p class="faint">From the highest down. A lead is in the first tier whose score it reaches; the last one has no score. Empty a name to remove the tier.</p>
<table class="rows-form"><thead><tr><th scope="col">Name</th><th scope="col">From a score of</th></tr></thead><tbody>
{{#rows}}<tr><td><input name="tier" value="{{tier}}" aria-label="Name of the tier" placeholder="New tier"></td><td><input name="at_least" value="{{at_least}}" inputmode="numeric" size="6" aria-label="Score of the tier {{tier}}" placeholder="all others"></td></tr>
{{/rows}}</tbody></table>
<h2>Automatic steps</h2>
<fieldset class="choices-of"><legend>A lead becomes engaged when it does one of these</legend>
{{#types}}<label><input type="checkbox" name="engaged_on" value="{{value}}"{{#selected}} checked{{/selected}}> {{label}}</label>{{/types}}</fieldset>
<p><label>It becomes qualified from a qualification of <input name="auto_qualify_at" value="{{auto_qualify_at}}" inputmode="numeric" size="5" placeholder="never"></label></p>
<p><label><input type="checkbox" name="requires_engagement" value="true"{{#requires_engagement}} checked{{/requires_engagement}}> Only leads that were ever engaged become qualified by it</label></p>
<p><label>An address counts as bounced after <input name="soft_bounce_limit" value="{{soft_bounce_limit}}" inputmode="numeric" size="4"> soft bounces in a row</label></p>
{{> settings_save}}
</form>
