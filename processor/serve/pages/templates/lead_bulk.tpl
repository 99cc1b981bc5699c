{{#has_rows}}
<form method="post" action="/leads/bulk" id="bulk" class="bulk">
{{> form_fields}}
<b id="chosen" role="status">Change several leads</b>
<select name="scope" aria-label="Which leads"><option value="chosen">those selected</option><option value="all"{{#bulk_is_all}} selected{{/bulk_is_all}}>all in this search</option></select>
<select name="what" data-chooses aria-label="What to do"><option value="stage"{{#bulk_is_stage}} selected{{/bulk_is_stage}}>Move to</option><option value="agent"{{#bulk_is_agent}} selected{{/bulk_is_agent}}>Assign to</option><option value="tags"{{#bulk_is_tags}} selected{{/bulk_is_tags}}>Tags</option><option value="lists"{{#bulk_is_lists}} selected{{/bulk_is_lists}}>Lists</option><option value="campaigns"{{#bulk_is_campaigns}} selected{{/bulk_is_campaigns}}>Campaigns</option><option value="notes"{{#bulk_is_notes}} selected{{/bulk_is_notes}}>Add a note</option><option value="do-not-contact"{{#bulk_is_do_not_contact}} selected{{/bulk_is_do_not_contact}}>Do not contact</option></select>
<select name="stage" aria-label="Stage" data-for="stage">{{#bulk_stages}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/bulk_stages}}</select>
<select name="agent_id" aria-label="Owner" data-for="agent"><option value="">Nobody</option>{{#agents}}<option value="{{agent_id}}">{{agent_id}}</option>{{/agents}}</select>
<input name="tags:add" value="{{bulk_add}}" aria-label="Add" placeholder="Add: vip, spring" data-for="tags">
<input name="tags:remove" value="{{bulk_remove}}" aria-label="Remove" placeholder="Remove" data-for="tags">
<select name="lists:add" aria-label="Add to the list" data-for="lists"><option value="">Add to …</option>{{#list_options}}<option value="{{value}}">{{label}}</option>{{/list_options}}</select>
<select name="campaigns:assign" aria-label="Assign to the campaign" data-for="campaigns"><option value="">Assign to …</option>{{#campaign_options}}<option value="{{value}}">{{label}}</option>{{/campaign_options}}</select>
<select name="lists:remove" aria-label="Remove from the list" data-for="lists"><option value="">Remove from …</option>{{#list_options}}<option value="{{value}}">{{label}}</option>{{/list_options}}</select>
<select name="campaigns:remove" aria-label="Remove from the campaign" data-for="campaigns"><option value="">Remove from …</option>{{#campaign_options}}<option value="{{value}}">{{label}}</option>{{/campaign_options}}</select>
<input name="text" value="{{bulk_text}}" aria-label="Note" placeholder="Note" data-for="notes">
<select name="value" aria-label="Do not contact" data-for="do-not-contact"><option value="true">Yes</option><option value="false">No</option></select>
<button>Continue</button>
</form>
{{/has_rows}}
