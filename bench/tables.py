"""The arithmetic and the layout of compare.py's tables: median, least, most, ratio to the best."""
import collections
import statistics

Metric = collections.namedtuple("Metric", "title best form")  # best: min or max


def shows_busy(metrics):
    """Whether the share of its core that the server used belongs into the table."""
    return any(metric.title.startswith("CPU") for metric in metrics)


class Report:
    def __init__(self, versions, machine):
        self.versions = versions
        self.machine = machine
        self.checks = []
        self.samples = {}  # (load's name, peer) -> metric -> list of numbers
        self.failures = {}  # (load's name, peer) -> reason

    def check(self, peer, whole, flood):
        self.checks.append([peer, self.versions.get(peer, ""), whole, flood])

    def add(self, load, peer, samples):
        kept = self.samples.setdefault((load.name, peer), collections.defaultdict(list))
        for metric, value in samples.items():
            kept[metric].extend(value if isinstance(value, list) else [value])

    def fail(self, load, peer, reason):
        self.failures[load.name, peer] = reason

    def has_failed(self, load, peer):
        return (load.name, peer) in self.failures

    def rows(self, load, metrics):
        """A row for each peer, the best first by the first metric, the failed ones last."""
        peers = [row[0] for row in self.checks]
        medians = {
            metric: {peer: statistics.median(self.samples[load.name, peer][metric])
                     for peer in peers if not self.has_failed(load, peer)}
            for metric in metrics}
        ranked = sorted(medians[metrics[0]].items(), key=lambda item: item[1],
                        reverse=metrics[0].best is max)
        for peer, _ in ranked:
            samples = self.samples[load.name, peer]
            row = [peer]
            for metric in metrics:
                best = metric.best(medians[metric].values())
                median = medians[metric][peer]
                row += [metric.form.format(value) for value in
                        (median, min(samples[metric]), max(samples[metric]))]
                row.append("-" if metric.form.format(best) == "0" else f"{median / best:.2f}")
            if shows_busy(metrics):
                row.append(f"{statistics.median(samples['busy']):.0%}")
            yield row
        for peer in peers:
            if self.has_failed(load, peer):
                yield [peer, "failed: " + self.failures[load.name, peer]]

    def tables(self, loads, names):
        """Pairs of title and rows; the first row is the heading. Two metrics a table."""
        yield "Peers", [["peer", "version", "8 MB and half-close", "memory, client not reading"],
                        *self.checks]
        for load in loads:
            for at in range(0, len(load.metrics), 2):
                metrics = load.metrics[at:at + 2]
                heading = ["peer"]
                for metric in metrics:
                    heading += [metric.title, "min", "max", "ratio"]
                heading += ["busy"] * shows_busy(metrics)
                yield load.title.format(**names), [heading, *self.rows(load, metrics)]

    def text(self, loads, names):
        lines = [f"{key}: {value}" for key, value in self.machine]
        for title, rows in self.tables(loads, names):
            full = [row for row in rows if len(row) == len(rows[0])]
            widths = [max(map(len, column)) for column in zip(*full)]
            widths[0] = max(len(row[0]) for row in rows)
            lines += ["", f"== {title}"]
            left = title == "Peers"
            for row in rows:
                cells = [cell.ljust(width) if left or not at or len(row) == 2
                         else cell.rjust(width)
                         for at, (cell, width) in enumerate(zip(row, widths))]
                lines.append("  ".join(cells).rstrip())
        return "\n".join(lines) + "\n"

    def markdown(self, loads, names):
        lines = [f"- {key}: {value}" for key, value in self.machine]
        for title, rows in self.tables(loads, names):
            columns = len(rows[0])
            rule = "---" if title == "Peers" else "---:"
            lines += ["", f"## {title[0].upper()}{title[1:]}", ""]
            lines.append("| " + " | ".join(rows[0]) + " |")
            lines.append("| --- |" + f" {rule} |" * (columns - 1))
            for row in rows[1:]:
                cells = [cell.replace("|", "\\|") for cell in row] + [""] * (columns - len(row))
                lines.append("| " + " | ".join(cells) + " |")
        return "\n".join(lines) + "\n"
