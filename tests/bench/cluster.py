"""A Ceph of tests/ceph for a benchmark, and what else speaks to it: the bare loop and rclone."""
import os
import pathlib
import subprocess

CEPH = pathlib.Path(__file__).resolve().parent.parent / "ceph"


def clean_env(home):
    """An environment in which nothing of the user's own settings counts."""
    env = dict(os.environ, HOME=str(home), DSCTL_NO_INPUT="1", DSCTL_NAMESPACE="demo")
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "AWS_PROFILE", "DSCTL_REGISTRY", "DSCTL_DIR"):
        env.pop(name, None)
    return env


class Cluster:
    """Runs in `folder` until closed. `env` gains its addresses and the owner's keys."""

    def __init__(self, folder, env, osd_gib):
        self.folder = folder
        self.env = env
        up = subprocess.run([CEPH / "up", folder], env={**env, "CEPH_OSD_GIB": str(osd_gib)}, check=True, capture_output=True, text=True)
        text = subprocess.run(["bash", "-c", f". {up.stdout.strip().splitlines()[-1]}; env"], env=env, check=True, capture_output=True, text=True).stdout
        for line in text.splitlines():
            name, _, value = line.partition("=")
            if name.startswith(("CEPH_", "AWS_")):
                env[name] = value
        env["AWS_ACCESS_KEY_ID"] = env["CEPH_OWNER_ACCESS_KEY"]
        env["AWS_SECRET_ACCESS_KEY"] = env["CEPH_OWNER_SECRET_KEY"]

    def close(self):
        subprocess.run([CEPH / "down", self.folder], capture_output=True, check=False)

    def rclone(self, *words):
        """The words of an rclone command; `:s3:BUCKET` is a bucket here."""
        # rclone's S3 library and --ca-cert do not go together with AWS_CA_BUNDLE.
        return ["env", "-u", "AWS_CA_BUNDLE", "rclone", "--config", "/dev/null", "--s3-provider", "Ceph", "--s3-env-auth",
                "--s3-endpoint", self.env["CEPH_ENDPOINT"], "--ca-cert", self.env["CEPH_CA"], *words]

    def raw(self, program, direction, megabytes, connections, file):
        """The words of a bare loop of PUT or GET over objects of that size (raw_s3.cpp); the bucket must exist."""
        return [program, direction, self.env["CEPH_ENDPOINT"], self.env["CEPH_CA"], f"raw{megabytes}", str(megabytes << 20), str(connections), file]
