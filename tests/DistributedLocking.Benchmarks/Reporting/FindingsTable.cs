namespace DistributedLocking.Benchmarks.Reporting;

/// <summary>The one table: each figure beside its target.</summary>
internal static class FindingsTable
{
    internal static ReportTable Create(string environment, IEnumerable<Finding> findings)
    {
        var table = new ReportTable(
            "Figures and targets",
            environment,
            [
                Column.Text("scenario"),
                Column.Text("figure"),
                Column.Number("measured", "#,0.####"),
                Column.Text("target"),
                Column.Text("met"),
            ]);
        foreach (var (scenario, figure, value, target) in findings)
        {
            table.Add(scenario, figure, value, target.ToString(), target.IsMetBy(value) ? "yes" : "no");
        }

        return table;
    }
}
