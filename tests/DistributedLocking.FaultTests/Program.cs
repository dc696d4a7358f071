using Xunit.Runner.InProc.SystemConsole;

// Without a command of the suite's own these are the tests.
return await ConsoleRunner.Run(args);
