# SPDX-License-Identifier: BSD-3-Clause
# awk -f page.awk laws.tsv page.md: the page, with each line "@laws SECTION" replaced by that section's table and
# "@summary" by the totals.
BEGIN { FS = "\t" }

function magnitude(x) { return x < 0 ? -x : x }

# What law, what value, what it had to be.
function row(	value, allowed) {
	value = $4
	if ($3 == "exact") {
		allowed = $6 > 0 ? "± " $6 : "equal"
		if ($5 == 0 && $6 > 0 && magnitude($4) < $6 / 100) # rounding, of the machine's own
			value = "< " $6 / 100
	} else if ($3 == "interval") {
		allowed = "[" $6 ", " $7 "]"
	} else {
		allowed = "p at least 0.01"
	}
	return sprintf("| %s | %s | %s | %s | %s | %s | %s |\n", $2, value, $5, allowed, $8, $9, $11)
}

FILENAME == ARGV[1] {
	table[$1] = table[$1] row()
	count[$3]++
	failed[$3] += $11 == "FAIL"
	seed = $10
	next
}

/^@laws / {
	section = substr($0, 7)
	if (!(section in table)) {
		print "page.awk: no laws of section " section > "/dev/stderr"
		exit 1
	}
	print "| law | value | expected | allowed | n | p | |"
	print "|---|---:|---:|---|---:|---:|---|"
	printf "%s", table[section]
	next
}

/^@summary$/ {
	printf "| kind | laws | fail |\n|---|---:|---:|\n"
	printf "| exact | %d | %d |\n", count["exact"], failed["exact"]
	printf "| interval | %d | %d |\n", count["interval"], failed["interval"]
	printf "| test | %d | %d |\n\n", count["test"], failed["test"]
	printf "All of it at seed %s.\n", seed
	next
}

{ print }
