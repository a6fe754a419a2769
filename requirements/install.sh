# Runs a command that installs something, which the first argument names. If it fails, one
# sentence says why and what to do; its own words are in .venv/install.log. Run by make.

echo "Installing $1 …"
what=$1 log=.venv/install.log
shift
"$@" >"$log" 2>&1 && exit 0
said() { grep -qiE "$1" "$log"; }
is_full() { [ "$(df -Pk . | awk 'NR == 2 { print $4 }')" -lt 20480 ]; }  # it may have said nothing
if is_full || said 'no space left|ENOSPC|quota exceeded|EDQUOT'; then
    why="no space is left for $(pwd). Free some"
elif said 'permission denied|EACCES|EPERM|read-only file system|EROFS'; then
    why="$(pwd) cannot be written to. Make it yours"
elif said 'certificate'; then
    why="the registry's certificate is not trusted here. Name yours in SSL_CERT_FILE, PIP_CERT and NODE_EXTRA_CA_CERTS"
elif said 'dns error|resol|connect|ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|timed? ?out|from versions: none|unreachable'; then
    why="the package registry cannot be reached. Check the network, or name a proxy in HTTPS_PROXY"
else
    why="$(grep . "$log" | tail -n 1). See what is wrong there"
fi
echo "Larder could not install $what: $why, and run it again. The whole story: $(pwd)/$log" >&2
exit 1
