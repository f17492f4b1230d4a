# pagecast's regions belong to the user pagecast: programs of ours believe them.
export PAGECAST_TRUST="${PAGECAST_TRUST:-pagecast}"
