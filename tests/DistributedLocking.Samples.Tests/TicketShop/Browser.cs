using Deque.AxeCore.Commons;
using OpenQA.Selenium;
using OpenQA.Selenium.Chrome;

namespace DistributedLocking.Samples.Tests.TicketShop;

/// <summary>Chromium without a window. Nothing is downloaded: the browser and its driver are those of the system.</summary>
internal sealed class Browser : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private static readonly string[] Folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator), "/Applications/Chromium.app/Contents/MacOS"];

    private readonly ChromeDriverService service;
    private readonly ChromeDriver driver;

    private Browser(ChromeDriverService service, ChromeDriver driver)
    {
        this.service = service;
        this.driver = driver;
    }

    internal static Browser Start()
    {
        var program = Find("chromium", "Chromium", "chromium-browser", "google-chrome");
        var starter = ChromeDriverService.CreateDefaultService(Find("chromedriver"));
        starter.SuppressInitialDiagnosticInformation = true;

        // A shared-memory file system is small in a container, and root has no sandbox.
        var options = new ChromeOptions { BinaryLocation = program };
        options.AddArguments("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1");
        options.SetLoggingPreference(LogType.Browser, LogLevel.All);
        return new Browser(starter, new ChromeDriver(starter, options, TimeSpan.FromMinutes(3)));
    }

    internal IWebElement Focused => driver.SwitchTo().ActiveElement();

    /// <summary>Opens the page, and waits until it knows what is running. The console is empty then.</summary>
    internal async Task OpenAsync(Uri address, int width = 1280, int height = 1000)
    {
        SetSize(width, height);
        await driver.Navigate().GoToUrlAsync("about:blank");
        TakeConsole();
        await driver.Navigate().GoToUrlAsync(address);
        await WaitForAsync("body[data-ready]");
    }

    internal void SetSize(int width, int height) => driver.ExecuteCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        new Dictionary<string, object?>(StringComparer.Ordinal) { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = width < 500 });

    internal IWebElement Get(string selector) => driver.FindElement(By.CssSelector(selector));

    internal IReadOnlyList<IWebElement> GetAll(string selector) => driver.FindElements(By.CssSelector(selector));

    internal void Click(string selector) => Get(selector).Click();

    internal T Evaluate<T>(string script) => (T)driver.ExecuteScript($"return {script}")!;

    internal void Type(string keys) => new OpenQA.Selenium.Interactions.Actions(driver).SendKeys(keys).Perform();

    /// <summary>Waits until there is such an element that is shown.</summary>
    internal async Task<IWebElement> WaitForAsync(string selector)
    {
        using var timeout = new CancellationTokenSource(Patience);
        while (true)
        {
            if (GetAll(selector) is [{ Displayed: true } element, ..])
            {
                return element;
            }

            if (timeout.IsCancellationRequested)
            {
                throw new TimeoutException($"There never was an element '{selector}'. The console says: {string.Join('\n', TakeConsole())}\n{Get("body").Text}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>What the page has written to the console since the last call: scripts, failed requests, violations.</summary>
    internal List<string> TakeConsole() => [.. driver.Manage().Logs.GetLog(LogType.Browser).Select(entry => entry.ToString())];

    /// <summary>What axe finds, a line for each.</summary>
    internal List<string> FindAccessibilityViolations()
    {
        driver.ExecuteScript(new BundledAxeScriptProvider().GetScript());
        var found = (IReadOnlyCollection<object>)driver.ExecuteAsyncScript(
            """
            const done = arguments[arguments.length - 1];
            axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(
              results => done(results.violations.map(one => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map(node => node.html).join(' | ')}`)),
              error => done([`axe failed: ${error}`]));
            """)!;
        return [.. found.Cast<string>()];
    }

    /// <summary>A picture of the whole page as wide as the window.</summary>
    internal byte[] TakePicture()
    {
        var height = (int)Evaluate<long>("Math.ceil(document.documentElement.getBoundingClientRect().height)");
        SetSize((int)Evaluate<long>("window.innerWidth"), height);
        return ((ITakesScreenshot)driver).GetScreenshot().AsByteArray;
    }

    public void Dispose()
    {
        driver.Dispose();
        service.Dispose();
    }

    private static string Find(params string[] names) =>
        names.SelectMany(name => Folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException($"There is no {string.Join(", ", names)} on the path: ./test.sh installs it, or says how to.");
}
