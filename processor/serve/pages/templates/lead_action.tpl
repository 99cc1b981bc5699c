{{> form_fields}}<input type="hidden" name="lead" value="{{id}}">
