import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import javax.servlet.http.HttpServletResponse;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.CrossOrigin;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.context.support.GenericWebApplicationContext;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.mvc.HttpRequestHandlerAdapter;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerAdapter;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** A price feed as a Spring MVC tutorial would write it: an SseEmitter that a task sends to. */
@Controller
public class Prices {
    private final ScheduledExecutorService executor = Executors.newScheduledThreadPool(4);

    /** Events 1 to `count`, after the last one seen; `close_every` ends the stream early. */
    @CrossOrigin(origins = "*", allowedHeaders = "*")
    @GetMapping("/prices")
    public SseEmitter prices(
            @RequestParam(name = "count", defaultValue = "20") int count,
            @RequestParam(name = "close_every", defaultValue = "0") int closeEvery,
            @RequestParam(name = "lastEventId", defaultValue = "0") int inQuery,
            @RequestHeader(name = "Last-Event-ID", required = false) Integer inHeader,
            HttpServletResponse response) {
        int seen = inHeader == null ? inQuery : inHeader;
        if (seen >= count) {
            response.setStatus(HttpServletResponse.SC_NO_CONTENT);
            return null;
        }
        SseEmitter emitter = new SseEmitter(60_000L);
        int last = closeEvery == 0 ? count : Math.min(count, seen + closeEvery);
        Feed feed = new Feed(emitter, seen, last);
        feed.task = executor.scheduleAtFixedRate(feed, 10, 10, TimeUnit.MILLISECONDS);
        return emitter;
    }

    /** Sends one price each time it is run. */
    private static final class Feed implements Runnable {
        private final SseEmitter emitter;
        private final int last;
        private int n;
        volatile ScheduledFuture<?> task;

        Feed(SseEmitter emitter, int seen, int last) {
            this.emitter = emitter;
            this.n = seen;
            this.last = last;
        }

        @Override
        public void run() {
            try {
                n += 1;
                String data = "{\"symbol\":\"ACME\",\"price\":" + (100 + n / 4.0) + ",\"n\":" + n + "}";
                emitter.send(SseEmitter.event().id(Integer.toString(n)).name("priceUpdate").data(data));
                if (n == last) {
                    emitter.complete();
                    task.cancel(false);
                }
            } catch (Exception gone) {
                task.cancel(false);
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        GenericWebApplicationContext context = new GenericWebApplicationContext();
        for (Class<?> bean : new Class<?>[] {
            RequestMappingHandlerMapping.class, RequestMappingHandlerAdapter.class,
            HttpRequestHandlerAdapter.class, Prices.class
        }) {
            context.registerBeanDefinition(bean.getSimpleName(), new RootBeanDefinition(bean));
        }
        ServletHolder servlet = new ServletHolder(new DispatcherServlet(context));
        servlet.setAsyncSupported(true);
        ServletContextHandler handler = new ServletContextHandler();
        handler.addServlet(servlet, "/*");
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        connector.setPort(Integer.parseInt(System.getenv("PORT")));
        server.addConnector(connector);
        server.setHandler(handler);
        server.start();
        System.out.println("listening on http://127.0.0.1:" + connector.getLocalPort());
        server.join();
    }
}
