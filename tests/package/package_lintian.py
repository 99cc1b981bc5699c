"""The package, as lintian judges it: a minute of many processes, so in the long run only."""

from packaged import PackageTest, call


class Lintian(PackageTest):
    def test_is_content(self):
        done = call("lintian", "--allow-root", "--fail-on", "error,warning", "--tag-display-limit", "0", self.package)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stdout + done.stderr)
