<div class="key-list" data-label="Keys">
<h2>Everywhere</h2>
<dl>
<dt><kbd>Ctrl</kbd> <kbd>K</kbd></dt><dd>Commands: go to a place, a lead or a saved view, or do something with the open lead</dd>
<dt><kbd>/</kbd></dt><dd>Search leads</dd>
<dt><kbd>n</kbd></dt><dd>Add a lead</dd>
<dt><kbd>?</kbd></dt><dd>These keys</dd>
<dt><kbd>Esc</kbd></dt><dd>Close a menu, these keys or the open lead</dd>
</dl>
<h2>In the list of leads</h2>
<dl>
<dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>Open the next lead, the one before</dd>
<dt><kbd>F2</kbd></dt><dd>Edit the row: Tab goes to the next cell, Enter saves, Esc takes it back</dd>
<dt><kbd>←</kbd> <kbd>→</kbd></dt><dd>On the tabs of a lead: the tab before, the next one</dd>
<dt><kbd>Ctrl</kbd> <kbd>Enter</kbd></dt><dd>Save the note that you are writing</dd>
</dl>
</div>
