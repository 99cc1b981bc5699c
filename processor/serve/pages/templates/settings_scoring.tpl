{{> settings_head}}
<form method="post" action="/settings/scoring" class="settings-form wide-form">
<input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="version" value="{{version}}">
<p class="faint">A score is the sum of the points of these rules. Choose “–” to remove one. Durations are written 14d, 12 hours or 2 weeks.</p>
{{#rows}}<fieldset class="rule"><legend>{{row_label}}</legend>
<label>When <select name="kind"><option value="">–</option>{{#kinds}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/kinds}}</select></label>
<label class="wide">Page, name or rule <input name="about" value="{{about}}" placeholder="any"></label>
<label>Points <input name="points" value="{{points}}" inputmode="numeric" size="5"></label>
<label>At most <input name="count" value="{{count}}" inputmode="numeric" size="3" placeholder="all"></label>
<label>per <select name="per">{{#periods}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/periods}}</select></label>
<label>Fades by % <input name="percent" value="{{percent}}" inputmode="numeric" size="3"></label>
<label>every <input name="every" value="{{every}}" size="6" placeholder="14d"></label>
<label>Ends after <input name="expires" value="{{expires}}" size="6" placeholder="never"></label>
<input type="hidden" name="bounce" value="{{bounce}}">
</fieldset>
{{/rows}}
<p><label class="wide">No points at all while this rule holds <input name="exclude" value="{{exclude}}" placeholder="nobody"></label></p>
{{> settings_save}}
</form>
